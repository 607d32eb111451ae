global using System.Net;
global using System.Text;
global using Microsoft.AspNetCore.Http;
global using SandGlass.Testing;
global using Xunit;
