# Varnish in `sandglass-load compare`. It has no queue before the shop and no priorities: what it has instead is two pools of connections to the same shop. Carts
# and orders may fill the shop, all others half of it, and who finds his pool full is turned away at once. Products are kept for a second, requests for the
# same one share a fetch, and an old one is given for a minute while it is renewed in the background or the shop is busy.
vcl 4.1;
import std;
@THROTTLE-IMPORT@
backend paying { .host = "@SHOP-HOST@"; .port = "@SHOP-PORT@"; .max_connections = @WORKERS@; .connect_timeout = 1s; .first_byte_timeout = @LEAVE@ms; .between_bytes_timeout = @LEAVE@ms; }
backend browsing { .host = "@SHOP-HOST@"; .port = "@SHOP-PORT@"; .max_connections = @HALF@; .connect_timeout = 1s; .first_byte_timeout = @LEAVE@ms; .between_bytes_timeout = @LEAVE@ms; }
sub vcl_recv {
  @THROTTLE@
  set req.backend_hint = browsing;
  if (req.url ~ "^/api/(cart/|orders$)") {
    set req.backend_hint = paying;
    return (pass);
  }
  if (req.method == "GET" && req.url ~ "^/api/products/") {
    unset req.http.Cookie;
    set req.url = regsub(req.url, "\?.*", "");
    return (hash);
  }
  return (pass);
}
sub vcl_backend_response {
  if (bereq.uncacheable) {
    return (deliver);
  }
  # A failed renewal must not push out the old answer.
  if (beresp.status >= 500 && bereq.is_bgfetch) {
    return (abandon);
  }
  if (beresp.status == 200) {
    set beresp.ttl = 1s;
    set beresp.grace = 60s;
  } else {
    set beresp.ttl = 0s;
    set beresp.uncacheable = true;
  }
}
sub vcl_synth {
  if (resp.status == 503) {
    set resp.http.Retry-After = "2";
  }
}
sub vcl_backend_error {
  set beresp.http.Retry-After = "2";
}
