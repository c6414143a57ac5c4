#include "train/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>

#include "train/durable_file.h"

namespace torpor::train {
namespace {

constexpr std::string_view kMagic = "torporCK";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 32 + 4 + 4;
constexpr std::uint32_t kMostNetworks = 16;
constexpr std::uint32_t kMostParameters = 64U << 20U;
constexpr std::size_t kMostBytes = 1U << 30U;

void WriteRow(ByteWriter& out, const std::vector<float>& row) {
  for (const float value : row) out.Write(std::bit_cast<std::uint32_t>(value));
}

std::vector<float> ReadRow(ByteReader& in, std::size_t size) {
  std::vector<float> row(size);
  for (float& value : row) value = std::bit_cast<float>(in.Read<std::uint32_t>());
  return row;
}

}  // namespace

std::vector<std::byte> Encode(const Checkpoint& checkpoint) {
  std::size_t size = kHeaderBytes + sizeof(Digest);
  for (const Remembered& one : checkpoint.networks) {
    size += 4 + 8 + 16 * one.parameters.size();
  }
  std::vector<std::byte> bytes(size);
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(checkpoint.run);
  out.Write(checkpoint.step);
  out.Write(static_cast<std::uint32_t>(checkpoint.networks.size()));
  for (const Remembered& one : checkpoint.networks) {
    out.Write(static_cast<std::uint32_t>(one.parameters.size()));
    out.Write(std::bit_cast<std::uint64_t>(one.loss));
    WriteRow(out, one.parameters);
    WriteRow(out, one.mean);
    WriteRow(out, one.square);
    WriteRow(out, one.average);
  }
  out.Write(DigestOf(out.written()));
  return bytes;
}

Result<Checkpoint> Decode(std::span<const std::byte> bytes) {
  constexpr Status kBad = Status::kCheckpointMalformed;
  if (bytes.size() < kHeaderBytes + sizeof(Digest)) return kBad;
  const auto body = bytes.first(bytes.size() - sizeof(Digest));
  const Digest digest = DigestOf(body);
  if (!std::ranges::equal(digest, bytes.subspan(body.size()))) return kBad;
  ByteReader in(body);
  if (!std::ranges::equal(in.Take(kMagic.size()), AsBytes(kMagic))) return kBad;
  if (in.Read<std::uint32_t>() != kVersion) return kBad;
  Checkpoint checkpoint;
  in.ReadInto(checkpoint.run);
  checkpoint.step = in.Read<std::uint32_t>();
  const auto networks = in.Read<std::uint32_t>();
  if (networks > kMostNetworks) return kBad;
  for (std::uint32_t i = 0; i < networks; ++i) {
    const auto size = in.Read<std::uint32_t>();
    Remembered one;
    one.loss = std::bit_cast<double>(in.Read<std::uint64_t>());
    if (size > kMostParameters || in.rest().size() < std::size_t{16} * size) return kBad;
    one.parameters = ReadRow(in, size);
    one.mean = ReadRow(in, size);
    one.square = ReadRow(in, size);
    one.average = ReadRow(in, size);
    checkpoint.networks.push_back(std::move(one));
  }
  if (!in.done()) return kBad;
  return checkpoint;
}

Result<Checkpoint> ReadCheckpoint(const std::filesystem::path& path, const Digest& run) {
  const auto bytes = ReadWhole(path, kMostBytes);
  if (bytes.status() == Status::kFileTooLarge) return Status::kCheckpointMalformed;
  if (!bytes.ok()) return bytes.status();
  auto checkpoint = Decode(*bytes);
  if (checkpoint.ok() && checkpoint->run != run) return Status::kCheckpointMismatch;
  return checkpoint;
}

}  // namespace torpor::train
