// The other way of telemetry/gzip.h, for tests; by zlib, as it would be done elsewhere.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace torpor::telemetry {

// The text of exactly one member of gzip's format; a word of complaint for anything else.
inline std::string Gunzip(std::string_view packed) {
  z_stream stream{};
  constexpr int kGzipAlone = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipAlone) != Z_OK) return "inflateInit2 failed";
  std::string copy(packed), text(std::size_t{1} << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return whole ? text : "no gzip, or more than that";
}

}  // namespace torpor::telemetry
