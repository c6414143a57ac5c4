// A page compressed for the way to whoever takes it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace torpor::telemetry {

// `text`, less than a gigabyte of it, as one member of gzip's format, without a name or a
// date: the same text gives the same bytes. Holds some 48 kB while it works, and nothing
// between.
//   kOs  zlib has no memory, or fails
// Source: RFC 1952 (gzip), RFC 1951 (deflate).
[[nodiscard]] Result<std::string> Gzip(std::string_view text);

}  // namespace torpor::telemetry
