#include "model/tensorrt/onnx_beside.h"

#include <algorithm>
#include <optional>

#include "core/hex.h"
#include "model/tensorrt/sized_file.h"

namespace torpor::model::tensorrt {
namespace {

// ModelProto of ONNX. Source: onnx.proto, field numbers of ModelProto.
constexpr std::uint64_t kDocString = 6;
// What model/onnx/export.cc writes there, before the digest.
constexpr std::string_view kAbout = "torpor network ";

// The fields of one protobuf message, one after another, nothing of them understood.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> message) : in_(message) {}

  struct Field {
    std::uint64_t number = 0;
    std::span<const std::byte> bytes;  // of a field with a length; else empty
  };

  // Nothing at the end, and at the first thing that is no field.
  std::optional<Field> Next() {
    if (in_.rest().empty()) return std::nullopt;
    const std::uint64_t tag = Varint();
    Field field{tag >> 3, {}};
    switch (tag & 7) {
      case 0:
        (void)Varint();
        break;
      case 1:
        (void)in_.Take(8);
        break;
      case 2:
        field.bytes = in_.Take(static_cast<std::size_t>(Varint()));
        break;
      case 5:
        (void)in_.Take(4);
        break;
      default:
        return std::nullopt;
    }
    if (!in_.ok()) return std::nullopt;
    return field;
  }

 private:
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in_.ok(); shift += 7) {
      const auto byte = in_.Read<std::uint8_t>();
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) break;
    }
    return value;
  }

  ByteReader in_;
};

}  // namespace

std::string OnnxPath(std::string_view model_path, std::size_t axes) {
  constexpr std::string_view kExtension = ".model";
  if (model_path.ends_with(kExtension)) model_path.remove_suffix(kExtension.size());
  return std::string(model_path) + "." + std::to_string(axes) + "axes.onnx";
}

bool IsOnnxOf(std::span<const std::byte> onnx, const Digest& model) {
  std::string about(kAbout.size() + 2 * model.size(), '0');
  std::ranges::copy(kAbout, about.begin());
  WriteHex(model, std::span(about).subspan(kAbout.size()));
  bool said = false;
  Fields fields(onnx);
  while (const auto field = fields.Next()) {
    // Of a field that is written twice the last one counts, as protobuf has it.
    if (field->number == kDocString) {
      said = std::ranges::equal(field->bytes, AsBytes(about));
    }
  }
  return said;
}

Result<std::vector<std::byte>> ReadOnnxBeside(std::string_view model_path,
                                              std::size_t axes, const Digest& model,
                                              std::string& what) {
  const std::string path = OnnxPath(model_path, axes);
  auto file = ReadSized(path, kMaxOnnxBytes);
  if (!file.ok() && file.status() != Status::kFileMissing) {
    what = path + " cannot be read";
    return file.status();
  }
  if (!file.ok() || !IsOnnxOf(*file, model)) {
    what = path + (file.ok() ? " is another model's" : " is not there");
    return Status::kOnnxOfAnotherModel;
  }
  return file;
}

}  // namespace torpor::model::tensorrt
