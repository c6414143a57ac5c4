#include <chrono>
#include <cstdio>

#include "contract/difference.h"
#include "contract/fields.h"
#include "contract/sign/source.h"
#include "contract/sign/source_keys.h"
#include "contract/sign/source_lists.h"

namespace torpor::contract::sign {
namespace {

// As TOML's basic strings, whose control characters are escaped.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      quoted += c;
      continue;
    }
    constexpr std::string_view kHex = "0123456789ABCDEF";
    quoted += "\\u00";
    quoted += kHex[byte / 16];
    quoted += kHex[byte % 16];
  }
  return quoted + '"';
}

std::string NumberText(const SourceKey& key, std::uint64_t number) {
  switch (key.kind) {
    case SourceKind::kDate:
      return FormatDate(number);
    case SourceKind::kQuantity:
      return Quoted(FormatQuantity(number, key.units));
    default:
      return std::to_string(number);
  }
}

std::string ListText(const SourceKey& key, const Terms& terms) {
  std::string list;
  for (const std::string& text : EntryTexts(key, terms)) {
    list += (list.empty() ? "" : ", ") + Quoted(text);
  }
  return "[" + list + "]";
}

std::string ValueText(const SourceKey& key, const Terms& terms) {
  switch (key.kind) {
    case SourceKind::kText:
    case SourceKind::kChoice:
      return Quoted(FormatField(terms, key.field).view());
    case SourceKind::kTexts:
      return ListText(key, terms);
    default:
      return NumberText(key, FindField(key.field)->get(terms));
  }
}

std::string SensorTables(const Terms& terms) {
  std::string text;
  for (const Sensor& sensor : terms.sensors()) {
    text += "\n[[sensors]]\n";
    for (const SourceKey& key : SensorKeys()) {
      text += std::string(key.key) + " = " +
              NumberText(key, SensorNumber(sensor, key.field)) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string WriteSource(const Terms& terms) {
  std::string text;
  std::string_view table;
  for (const SourceKey& key : SourceKeys()) {
    if (key.kind == SourceKind::kTables) {
      text += SensorTables(terms);
      continue;
    }
    if (key.table != table) {
      table = key.table;
      text += "\n[" + std::string(table) + "]\n";
    }
    text += std::string(key.key) + " = " + ValueText(key, terms) + "\n";
  }
  return text;
}

std::string FormatDate(std::uint64_t unix_seconds) {
  using std::chrono::days;
  using std::chrono::seconds;
  // Beyond the year 9999 there is no such text; no contract reaches there.
  const seconds since(static_cast<std::int64_t>(unix_seconds % 253'402'300'800));
  const auto day = std::chrono::floor<days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const auto rest = (since - day).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(rest / 3600),
                static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  return text.data();
}

}  // namespace torpor::contract::sign
