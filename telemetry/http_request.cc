#include "telemetry/http_request.h"

#include <algorithm>
#include <cstddef>

namespace torpor::telemetry {
namespace {

constexpr std::size_t kShownOfAnswer = 200;

}  // namespace

HttpResult Send(const HttpRequest& request) {
  return request.address.secure ? SendSecure(request) : SendPlain(request);
}

std::string OneLine(std::string text) {
  text.resize(std::min(text.size(), kShownOfAnswer));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace torpor::telemetry
