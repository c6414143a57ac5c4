#include "telemetry/trace_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace torpor::telemetry {
namespace {

class File {
 public:
  explicit File(int file) : file_(file) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(file_); }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> into) const {
    const ssize_t got =
        ::pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  int file_;
};

}  // namespace

Result<TraceReader> TraceReader::Open(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno == ENOENT ? Status::kFileMissing : Status::kIo;
  return Of([kept = std::make_shared<File>(file)](std::uint64_t offset,
                                                  std::span<std::byte> into) {
    return kept->Read(offset, into);
  });
}

Result<TraceReader> TraceReader::Of(ReadAt read) {
  TraceBlock block{};
  const std::size_t got = read(0, block);
  const auto header = DecodeTraceHeader(std::span(block).first(got));
  if (!header) return Status::kTraceMalformed;
  return TraceReader(std::move(read), *header);
}

TraceReader::TraceReader(ReadAt read, TraceHeader header)
    : read_(std::move(read)), header_(std::move(header)) {
  for (std::uint64_t i = 0; i < header_.blocks; ++i) {
    TraceBlock block{};
    const std::size_t got = read_(OffsetOfTraceBlock(i), block);
    if (got == 0) break;
    // A file may end within a block whose last bytes are zeros.
    const auto decoded = DecodeTraceBlock(block);
    if (decoded && (decoded->sequence - 1) % header_.blocks == i) {
      blocks_.push_back({decoded->sequence, decoded->cycle.record.cycle});
    } else if (std::ranges::any_of(block,
                                   [](std::byte b) { return b != std::byte{0}; })) {
      ++findings_.damaged;
    }
  }
  std::ranges::sort(blocks_, {}, &Block::sequence);
  findings_.whole = blocks_.size();
  if (!blocks_.empty()) {
    const std::uint64_t span = blocks_.back().sequence - blocks_.front().sequence + 1;
    findings_.missing = span - blocks_.size();
  }
}

std::optional<TracedCycle> TraceReader::Next() {
  while (next_ < blocks_.size()) {
    const std::uint64_t sequence = blocks_[next_++].sequence;
    TraceBlock block{};
    (void)read_(OffsetOfTraceBlock((sequence - 1) % header_.blocks), block);
    auto decoded = DecodeTraceBlock(block);
    if (decoded && decoded->sequence == sequence) return std::move(decoded->cycle);
  }
  return std::nullopt;
}

void TraceReader::SkipToLast(std::uint64_t cycles) {
  const std::size_t left = blocks_.size() - next_;
  if (left > cycles) next_ += left - static_cast<std::size_t>(cycles);
}

void TraceReader::SkipToLastJournal() {
  for (std::size_t i = blocks_.size(); i-- > next_ + 1;) {
    if (blocks_[i].cycle > blocks_[i - 1].cycle) continue;
    next_ = i;
    return;
  }
}

}  // namespace torpor::telemetry
