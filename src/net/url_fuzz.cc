// A URL that is accepted writes itself as a URL of the same meaning, and puts nothing into a request that ends its
// line.
#include "net/url.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "net/http_grammar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace net = avouch::net;
  const std::string_view text = avouch::as_text({data, size});
  if (const auto port = net::parse_port(text); port.has_value()) {
    CHECK(net::parse_port(std::to_string(*port)) == port);
  }
  const avouch::Result<net::Url> url = net::parse_url(text);
  if (!url.has_value()) {
    CHECK(url.error().blame == avouch::Blame::kRequest);
    return 0;
  }
  CHECK(net::parse_port(url->port).value_or(0) != 0);
  CHECK(net::is_field_value(url->host_field()) && url->host_field().find(' ') == std::string::npos);
  CHECK(url->prefix.empty() || (url->prefix.starts_with('/') && !url->prefix.ends_with('/')));
  CHECK(url->prefix.empty() || net::is_target_text(url->prefix));
  const avouch::Result<net::Url> again = net::parse_url(url->to_string());
  CHECK(again.has_value());
  CHECK(again->is_https == url->is_https && again->host == url->host);
  CHECK(again->port == url->port && again->prefix == url->prefix);
  return 0;
}
