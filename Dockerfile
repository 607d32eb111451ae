# syntax=docker/dockerfile:1
# The gateway, without root and without a compiler:  docker build -t sandglass .
# The demo shop from the same build:                 docker build -t sandglass-shop --target shop .

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# What restoring reads comes first, so that a change of code alone downloads nothing.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/SandGlass.Algorithms/*.csproj src/SandGlass.Algorithms/packages.lock.json src/SandGlass.Algorithms/
COPY src/SandGlass.DemoShop/*.csproj src/SandGlass.DemoShop/packages.lock.json src/SandGlass.DemoShop/
COPY src/SandGlass/*.csproj src/SandGlass/packages.lock.json src/SandGlass/
RUN dotnet restore src/SandGlass --locked-mode
COPY config config
COPY src src
RUN dotnet publish src/SandGlass -c Release --no-restore -p:UseAppHost=false -o /out/gateway \
 && dotnet publish src/SandGlass.DemoShop -c Release --no-restore -p:UseAppHost=false -o /out/shop

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS base
# The image's own port setting would only draw a warning: listeners are named on the command line. No diagnostics socket in /tmp.
ENV ASPNETCORE_HTTP_PORTS= DOTNET_EnableDiagnostics=0 DOTNET_NOLOGO=1
WORKDIR /app

FROM base AS shop
COPY --from=build /out/shop .
USER $APP_UID
ENTRYPOINT ["dotnet", "/app/sandglass-shop.dll"]

FROM base AS gateway
COPY --from=build /out/gateway .
COPY config /etc/sandglass
RUN mkdir -p /var/lib/sandglass && chown "$APP_UID" /var/lib/sandglass
VOLUME /var/lib/sandglass
USER $APP_UID
# 8080: the site's traffic. 9901: operators; reachable from outside the container, so it needs SANDGLASS_ADMIN_TOKEN to start.
EXPOSE 8080 9901
# No HEALTHCHECK: orchestrators ask /healthz and /readyz on 9901, and the image has no curl. SIGTERM drains (see deploy/README.md).
ENTRYPOINT ["dotnet", "/app/sandglass.dll"]
CMD ["run", "--policy", "/etc/sandglass/policy.json", "--listen", "http://*:8080", "--admin", "http://*:9901", "--state", "/var/lib/sandglass"]
