// What a gateway answers, in whatever pieces it comes: it says the same, and never more
// than it may. Also addresses of gateways, which a contract names.
#include <algorithm>
#include <string>

#include "fuzz/target.h"
#include "telemetry/gateway_address.h"
#include "telemetry/http_reply.h"

namespace {

using namespace torpor;
using telemetry::HttpReply;

struct Said {
  HttpReply::Heard heard = HttpReply::Heard::kMore;
  long status = 0;
  std::string body;
  friend bool operator==(const Said&, const Said&) = default;
};

Said Listen(std::string_view text, std::size_t piece) {
  HttpReply reply;
  Said said;
  while (said.heard == HttpReply::Heard::kMore && !text.empty()) {
    const auto part = text.substr(0, piece);
    text.remove_prefix(part.size());
    said.heard = reply.Take(part);
  }
  if (said.heard == HttpReply::Heard::kMore) said.heard = reply.End();
  fuzz::Expect(reply.body().size() <= HttpReply::kLongest,
               "an endless answer is refused");
  if (said.heard != HttpReply::Heard::kWhole) return said;
  said.status = reply.http_status();
  said.body = reply.body();
  fuzz::Expect(said.status >= 200 && said.status <= 999, "what is whole has a status");
  return said;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Longer ones are refused when they are longer, which depends on the pieces.
  const auto text = fuzz::Text(data, std::min(size, HttpReply::kLongest));
  const Said whole = Listen(text, text.size() + 1);
  for (const std::size_t piece : {1U, 7U, 300U}) {
    const Said said = Listen(text, piece);
    fuzz::Expect(said == whole, "pieces do not matter");
  }
  if (const auto address = telemetry::ParseGateway(text.substr(0, 600), "robot-1")) {
    const std::string url = address->url();
    fuzz::Expect(std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; }),
                 "an address ends no line of a request");
  }
  return 0;
}
