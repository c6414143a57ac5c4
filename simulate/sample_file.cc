#include "simulate/sample_file.h"

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

namespace torpor::simulate {
namespace {

std::string Extension(const std::filesystem::path& file) {
  std::string end = file.extension().string();
  std::ranges::transform(end, end.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return end;
}

}  // namespace

Refusal RefuseEntry(const Entry& entry, Status status, const std::string& what,
                    std::string ours, std::string theirs) {
  return {.status = status,
          .what = "recording " + entry.id + " " + what,
          .ours = std::move(ours),
          .theirs = std::move(theirs)};
}

bool WholeFile::Read(std::uint64_t first, std::span<float> out) {
  const auto from = samples_.begin() + static_cast<std::ptrdiff_t>(first * channels_);
  std::copy_n(from, out.size(), out.begin());
  return true;
}

OpenedFile OpenSampleFile(const Entry& entry) {
  const std::string end = Extension(entry.file);
  const bool csv = end == ".csv" || end == ".txt";
  if (!csv && end != ".mat") return OpenAudioFile(entry);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(entry.file, error);
  if (error || bytes > kMaxWholeFileBytes) {
    return RefuseEntry(entry, Status::kFileTooLarge,
                       "has a file too large to be read whole; make it FLAC",
                       std::to_string(kMaxWholeFileBytes) + " bytes",
                       std::to_string(bytes) + " bytes");
  }
  return csv ? OpenCsvFile(entry) : OpenMatFile(entry);
}

}  // namespace torpor::simulate
