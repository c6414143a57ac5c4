#include <matio.h>

#include <array>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "simulate/sample_file.h"

namespace torpor::simulate {
namespace {

constexpr std::size_t kMaxValues = kMaxWholeFileBytes / sizeof(double);

struct CloseMat {
  void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

// A matrix as columns.
struct Numbers {
  std::size_t rows = 0, cols = 0;
  std::vector<float> values;  // column after column
};

template <class T>
void Convert(const void* data, std::vector<float>& values) {
  const auto* const from = static_cast<const T*>(data);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(from[i]);
}

bool Convert(const matvar_t& variable, std::vector<float>& values) {
  switch (variable.class_type) {
    case MAT_C_DOUBLE:
      Convert<double>(variable.data, values);
      return true;
    case MAT_C_SINGLE:
      Convert<float>(variable.data, values);
      return true;
    case MAT_C_INT8:
      Convert<std::int8_t>(variable.data, values);
      return true;
    case MAT_C_UINT8:
      Convert<std::uint8_t>(variable.data, values);
      return true;
    case MAT_C_INT16:
      Convert<std::int16_t>(variable.data, values);
      return true;
    case MAT_C_UINT16:
      Convert<std::uint16_t>(variable.data, values);
      return true;
    case MAT_C_INT32:
      Convert<std::int32_t>(variable.data, values);
      return true;
    case MAT_C_UINT32:
      Convert<std::uint32_t>(variable.data, values);
      return true;
    default:
      return false;
  }
}

// matio takes lengths on trust. A version 5 file is a header of 128 bytes and elements
// end to end, each with its length in front: whether they fill the file can be known
// first.
enum class Length { kOther, kWhole, kCut };
Length LengthOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::uint64_t>(file.tellg());
  std::array<char, 128> header{};
  file.seekg(0);
  file.read(header.data(), header.size());
  if (std::memcmp(header.data(), "MATLAB 5.0", 10) != 0) return Length::kOther;
  if (!file) return Length::kCut;
  if (header[126] != 'I' || header[127] != 'M')
    return Length::kOther;  // other byte order
  std::uint64_t at = header.size();
  while (at < size) {
    std::array<std::uint32_t, 2> tag{};  // type, bytes; the machine is little-endian
    file.seekg(static_cast<std::streamoff>(at));
    std::array<char, 8> bytes{};
    if (!file.read(bytes.data(), bytes.size())) return Length::kCut;
    std::memcpy(tag.data(), bytes.data(), bytes.size());
    at += bytes.size() + tag[1];
  }
  return at == size ? Length::kWhole : Length::kCut;
}

class Reader {
 public:
  explicit Reader(const Entry& entry) : entry_(entry) {}

  OpenedFile Read() {
    if (LengthOf(entry_.file) == Length::kCut) {
      return RefuseEntry(entry_, Status::kRecordingTruncated,
                         "has a file that ends within one of its variables");
    }
    file_.reset(Mat_Open(entry_.file.string().c_str(), MAT_ACC_RDONLY));
    if (file_ == nullptr) {
      return RefuseEntry(entry_, Status::kRecordingNotAudio, "is no MAT file");
    }
    std::vector<float> samples;
    const bool good =
        entry_.variable.empty() ? ReadVectors(samples) : ReadMatrix(samples);
    if (!good) return why_;
    return std::unique_ptr<SampleFile>(
        std::make_unique<WholeFile>(static_cast<std::uint32_t>(entry_.channels.size()),
                                    std::nullopt, std::move(samples)));
  }

 private:
  // One variable for all channels.
  bool ReadMatrix(std::vector<float>& samples) {
    Numbers all;
    if (!Take(entry_.variable, all)) return false;
    const std::size_t channels = entry_.channels.size();
    if (all.cols != channels && all.rows == channels) {  // a row for each channel
      samples = std::move(all.values);                   // which is interleaved already
      return true;
    }
    if (all.cols != channels) {
      return No(Status::kRecordingAxes, "has a variable " + Named(entry_.variable) +
                                            " of " + std::to_string(all.rows) + " x " +
                                            std::to_string(all.cols) + " for " +
                                            std::to_string(channels) + " channels");
    }
    for (std::size_t i = 0; i < all.rows; ++i) {
      for (std::size_t c = 0; c < channels; ++c) {
        samples.push_back(all.values[c * all.rows + i]);
      }
    }
    return true;
  }

  // A variable for each channel.
  bool ReadVectors(std::vector<float>& samples) {
    std::vector<Numbers> channels;
    for (const Channel& channel : entry_.channels) {
      if (channel.variable.empty()) {
        return No(Status::kManifestMalformed,
                  "is a MAT file, and neither it nor channel " + Printable(channel.name) +
                      " has a field variable");
      }
      channels.emplace_back();
      if (!Take(channel.variable, channels.back())) return false;
      if (channels.back().rows != 1 && channels.back().cols != 1) {
        return No(Status::kRecordingAxes,
                  "has a variable " + Named(channel.variable) + " that is no vector");
      }
      if (channels.back().values.size() != channels.front().values.size()) {
        return No(Status::kRecordingAxes, "has channels of different lengths");
      }
    }
    for (std::size_t i = 0; i < channels.front().values.size(); ++i) {
      for (const Numbers& channel : channels) samples.push_back(channel.values[i]);
    }
    return true;
  }

  bool Take(const std::string& name, Numbers& numbers) {
    Variable found(Mat_VarReadInfo(file_.get(), name.c_str()));
    if (found == nullptr) {
      return No(Status::kRecordingNotAudio, "has no variable " + Named(name));
    }
    if (found->rank != 2 || found->isComplex != 0 || found->dims[0] == 0 ||
        found->dims[1] == 0) {
      return No(Status::kRecordingNotAudio,
                "has a variable " + Named(name) + " that is no matrix of real numbers");
    }
    if (found->dims[0] > kMaxValues || found->dims[1] > kMaxValues / found->dims[0]) {
      return No(Status::kFileTooLarge, "has a variable " + Named(name) + " too large");
    }
    if (Mat_VarReadDataAll(file_.get(), found.get()) != 0 || found->data == nullptr) {
      return No(Status::kRecordingTruncated,
                "has a variable " + Named(name) + " that cannot be read to its end");
    }
    numbers.rows = found->dims[0];
    numbers.cols = found->dims[1];
    if (found->nbytes !=
        numbers.rows * numbers.cols * Mat_SizeOfClass(found->class_type)) {
      return No(Status::kRecordingTruncated,
                "has a variable " + Named(name) + " of another size than it says");
    }
    numbers.values.resize(numbers.rows * numbers.cols);
    if (!Convert(*found, numbers.values)) {
      return No(Status::kRecordingNotAudio,
                "has a variable " + Named(name) + " that is not of numbers");
    }
    return true;
  }

  static std::string Named(const std::string& name) {
    return "\"" + Printable(name) + "\"";
  }

  bool No(Status status, const std::string& what) {
    why_ = RefuseEntry(entry_, status, what);
    return false;
  }

  const Entry& entry_;
  std::unique_ptr<mat_t, CloseMat> file_;
  Refusal why_;
};

}  // namespace

OpenedFile OpenMatFile(const Entry& entry) { return Reader(entry).Read(); }

}  // namespace torpor::simulate
