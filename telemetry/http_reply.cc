#include "telemetry/http_reply.h"

#include <algorithm>
#include <charconv>

namespace torpor::telemetry {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameWord(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

std::string_view Trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// All of `text`, and nothing else.
std::optional<std::size_t> Number(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

HttpReply::Heard HttpReply::Take(std::string_view bytes) {
  taken_ += bytes.size();
  text_ += bytes;
  const Heard heard = Read();
  return heard == Heard::kMore && taken_ > kLongest ? Heard::kRubbish : heard;
}

HttpReply::Heard HttpReply::End() {
  ended_ = true;
  const Heard heard = Read();
  return heard == Heard::kMore ? Heard::kRubbish : heard;
}

HttpReply::Heard HttpReply::Read() {
  while (!head_read_) {
    const std::string_view known = std::string_view(text_).substr(0, kVersion.size());
    if (!kVersion.starts_with(known)) return Heard::kRubbish;
    const std::size_t end = text_.find("\r\n\r\n");
    if (end == std::string::npos) return Heard::kMore;
    if (!ReadHead({text_.data(), end + 2})) return Heard::kRubbish;
    text_.erase(0, end + 4);
    head_read_ = http_status_ >= 200;  // what is below only announces the answer
  }
  return ReadBody();
}

bool HttpReply::ReadHead(std::string_view head) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  head.remove_prefix(line.size() + 2);
  // "HTTP/1.1 200", and perhaps a reason.
  constexpr std::size_t kAt = kVersion.size() + 2;
  if (line.size() < kAt + 3 || line[kAt - 1] != ' ') return false;
  if (line.size() > kAt + 3 && line[kAt + 3] != ' ') return false;
  const auto status = Number(line.substr(kAt, 3), 10);
  if (!status || *status < 100) return false;
  http_status_ = static_cast<long>(*status);
  length_.reset();
  chunked_ = false;
  while (!head.empty()) {
    line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(colon + 1));
    if (SameWord(name, "content-length")) {
      const auto length = Number(value, 10);
      if (!length || (length_ && *length_ != *length)) return false;
      length_ = length;
    } else if (SameWord(name, "transfer-encoding")) {
      if (!SameWord(value, "chunked")) return false;  // we asked for none
      chunked_ = true;
    }
  }
  return true;
}

HttpReply::Heard HttpReply::ReadBody() {
  if (http_status_ == 204 || http_status_ == 304) return Heard::kWhole;
  if (chunked_) return ReadChunks();
  body_ = text_;
  if (!length_) return ended_ ? Heard::kWhole : Heard::kMore;
  if (body_.size() < *length_) return Heard::kMore;
  body_.resize(*length_);
  return Heard::kWhole;
}

HttpReply::Heard HttpReply::ReadChunks() {
  std::string_view rest = text_;
  body_.clear();
  for (;;) {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos) return Heard::kMore;
    const std::string_view line = rest.substr(0, end);
    const auto size = Number(Trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) return Heard::kRubbish;
    if (*size == 0) return Heard::kWhole;  // trailers are nobody's business
    rest.remove_prefix(end + 2);
    if (*size > kLongest) return Heard::kRubbish;
    if (rest.size() < *size + 2) return Heard::kMore;
    if (rest.substr(*size, 2) != "\r\n") return Heard::kRubbish;
    body_ += rest.substr(0, *size);
    rest.remove_prefix(*size + 2);
  }
}

}  // namespace torpor::telemetry
