#include "report/page.h"

#include <sodium.h>

#include <array>
#include <cstddef>
#include <map>
#include <span>

#include "report/page_parts.h"

namespace torpor::report {
namespace {

std::string Joined(std::span<const std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

// As a content security policy names what may run.
std::string Digest(const std::string& text) {
  std::array<unsigned char, crypto_hash_sha512_BYTES> hash{};
  crypto_hash_sha512(hash.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  std::array<char, sodium_base64_ENCODED_LEN(crypto_hash_sha512_BYTES,
                                             sodium_base64_VARIANT_ORIGINAL)>
      digits{};
  sodium_bin2base64(digits.data(), digits.size(), hash.data(), hash.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return "'sha512-" + std::string(digits.data()) + "'";
}

// JSON that no parser of HTML takes for the end of its element, or for the beginning of
// another.
std::string InScript(std::string_view json) {
  std::string text;
  text.reserve(json.size() + json.size() / 64);
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string Escaped(std::string_view plain) {
  std::string text;
  for (const char c : plain) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

}  // namespace

std::string Page(std::string_view data) {
  const std::string frame = Joined(kFrame);
  std::map<std::string_view, std::string> parts = {
      {"style", Joined(kStyle)},
      {"library", Joined(kLibrary)},
      {"script", Joined(kScript)},
      {"data", InScript(data)},
      {"licence", Escaped(Joined(kLicence))}};
  parts["style-digest"] = Digest(parts["style"]);
  parts["library-digest"] = Digest(parts["library"]);
  parts["script-digest"] = Digest(parts["script"]);

  // Once from front to back: what is put in is not looked at again.
  std::string page;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = frame.find("{{", at);
    page.append(frame, at, open == std::string::npos ? open : open - at);
    if (open == std::string::npos) return page;
    const std::size_t close = frame.find("}}", open);
    page += parts.at(std::string_view(frame).substr(open + 2, close - open - 2));
    at = close + 2;
  }
}

}  // namespace torpor::report
