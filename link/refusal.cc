#include "link/refusal.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "contract/fields.h"
#include "core/status_table.h"

namespace torpor::link {
namespace {

class Line {
 public:
  explicit Line(std::span<char> out) : out_(out) {}

  void Raw(std::string_view text) {
    if (out_.size() - size_ < text.size()) good_ = false;
    if (!good_) return;
    for (const char c : text) out_[size_++] = c;
  }

  void Quoted(std::string_view text) {
    Raw("\"");
    for (const char c : text) {
      const bool printable = c >= 0x20 && c < 0x7F;
      if (c == '"' || c == '\\') Raw("\\");
      Raw(std::string_view(printable ? &c : "?", 1));
    }
    Raw("\"");
  }

  void Number(std::uint32_t value) {
    std::array<char, 10> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    Raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }

  [[nodiscard]] std::string_view view() const {
    return good_ ? std::string_view(out_.data(), size_) : std::string_view();
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool good_ = true;
};

}  // namespace

Refusal Refused(Status status, std::string_view ours, std::string_view theirs) {
  Refusal refusal{.reason = static_cast<std::uint16_t>(status), .ours = {}, .theirs = {}};
  refusal.ours.Assign(ours);
  refusal.theirs.Assign(theirs);
  return refusal;
}

Refusal Swapped(const Refusal& refusal) {
  return {.reason = refusal.reason, .ours = refusal.theirs, .theirs = refusal.ours};
}

std::string_view NameOf(std::uint16_t reason) {
  const Refusal refusal{.reason = reason, .ours = {}, .theirs = {}};
  return refusal.field() != 0 ? contract::FieldName(refusal.field())
                              : Info(refusal.status()).name;
}

std::string_view FormatRefusal(std::string_view program, const Refusal& refusal,
                               std::span<char> out) {
  const StatusInfo& info = Info(refusal.status());
  Line line(out);
  line.Raw("{\"program\":");
  line.Quoted(program);
  line.Raw(",\"reason\":");
  line.Number(refusal.reason);
  line.Raw(",\"name\":");
  line.Quoted(NameOf(refusal.reason));
  line.Raw(",\"what\":");
  line.Quoted(info.meaning);
  line.Raw(",\"ours\":");
  line.Quoted(refusal.ours.view());
  line.Raw(",\"theirs\":");
  line.Quoted(refusal.theirs.view());
  line.Raw(",\"do\":");
  line.Quoted(info.advice);
  line.Raw("}");
  return line.view();
}

}  // namespace torpor::link
