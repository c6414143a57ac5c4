#include "agent/sent_series.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "contract/sign/durable.h"
#include "contract/sign/files.h"
#include "core/bytes.h"
#include "core/crc32.h"

namespace torpor::agent {
namespace {

constexpr std::size_t kLargest = std::size_t{64} * 1024;  // a page has some 5 kB of names
constexpr std::size_t kDigits = 8;

// The CRC of what follows its line.
std::string Seal(std::string_view lines) {
  std::array<char, kDigits> digits{};
  digits.fill('0');
  std::array<char, kDigits> text{};
  const auto crc = Crc32(AsBytes(lines));
  const auto end = std::to_chars(text.data(), text.data() + text.size(), crc, 16).ptr;
  std::copy_backward(text.data(), end, digits.end());
  return std::string(digits.data(), digits.size()) + "\n";
}

std::vector<std::string> Read(const std::filesystem::path& file) {
  const auto bytes = contract::sign::ReadFile(file, kLargest);
  if (!bytes.ok()) return {};
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()),
                              bytes->size());
  std::string_view lines = text.substr(std::min(kDigits + 1, text.size()));
  if (text.substr(0, text.size() - lines.size()) != Seal(lines)) return {};
  std::vector<std::string> series;
  while (!lines.empty()) {
    series.emplace_back(lines.substr(0, lines.find('\n')));
    lines.remove_prefix(std::min(series.back().size() + 1, lines.size()));
  }
  return series;
}

}  // namespace

SentSeries::SentSeries(std::filesystem::path file) : file_(std::move(file)) {
  if (!file_.empty()) held_ = Read(file_);
}

std::vector<std::string> SentSeries::EndedBy(std::vector<std::string> now) {
  now_ = std::move(now);
  std::vector<std::string> ended, both;
  std::ranges::set_difference(held_, now_, std::back_inserter(ended));
  std::ranges::set_union(held_, now_, std::back_inserter(both));
  if (both != held_) Write(both);
  return ended;
}

void SentSeries::Taken() {
  if (held_ != now_) Write(now_);
}

void SentSeries::Write(const std::vector<std::string>& series) {
  held_ = series;
  if (file_.empty()) return;
  std::string lines;
  for (const std::string& one : series) lines.append(one).append("\n");
  // A disk that does not take it costs a stale series, not a page.
  (void)contract::sign::ReplaceFile(file_, AsBytes(Seal(lines) + lines));
}

}  // namespace torpor::agent
