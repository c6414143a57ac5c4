#include "telemetry/gzip.h"

#include <zlib.h>

namespace torpor::telemetry {
namespace {

// A page is as long as this window, so that a longer one finds nothing more in it; memory
// that need not be cleared is time that is not spent. docs/sinks.md has what they cost.
constexpr int kLevel = 6;
constexpr int kWindowBits = 13;
constexpr int kMemoryLevel = 5;
constexpr int kGzipHeader = 16;  // zlib's way to ask for it, added to the window

}  // namespace

Result<std::string> Gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kWindowBits + kGzipHeader, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Status::kOs;
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  // zlib reads there, whatever its types say.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (!whole) return Status::kOs;
  return packed;
}

}  // namespace torpor::telemetry
