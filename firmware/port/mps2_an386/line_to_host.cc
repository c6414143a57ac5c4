#include "firmware/port/mps2_an386/line_to_host.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/bytes.h"
#include "firmware/core/port.h"
#include "firmware/port/mps2_an386/channel.h"
#include "firmware/port/mps2_an386/semihosting.h"
#include "link/messages.h"

namespace torpor::firmware::mps2 {
namespace {

using channel::Kind;

HostFile ask, answer;
Wishes wishes;

// What the last sleeps of a compressed run have brought.
std::array<std::byte, 4096> incoming;
std::size_t incoming_begin = 0, incoming_end = 0;

void OpenPipes(std::string_view path) {
  std::array<char, channel::kMaxCommandLine + 8> name{};
  const auto open = [&](std::string_view suffix, HostFile::For what) {
    std::ranges::copy(path, name.begin());
    const auto end = std::ranges::copy(suffix, name.begin() + path.size()).out;
    *end = '\0';
    return HostFile(name.data(), what);
  };
  ask = open(".ask", HostFile::For::kWriting);
  answer = open(".answer", HostFile::For::kReading);
}

// Sends a request of two parts and reads how long its answer is. Whoever runs the image
// is gone when that fails, and so is the reason to go on.
std::size_t Ask(Kind kind, std::span<const std::byte> body,
                std::span<const std::byte> more = {}) {
  std::array<std::byte, channel::kHeadBytes> head{};
  ByteWriter writer(head);
  writer.Write(static_cast<std::uint32_t>(kind));
  writer.Write(static_cast<std::uint32_t>(body.size() + more.size()));
  std::array<std::byte, channel::kLengthBytes> length{};
  if (!ask.Write(head) || !ask.Write(body) || !ask.Write(more) || !answer.Read(length)) {
    End(Exit::kGood);
  }
  return ByteReader(length).Read<std::uint32_t>();
}

void Read(std::span<std::byte> out) {
  if (!answer.Read(out)) End(Exit::kGood);
}

Status ReadStatus() {
  std::array<std::byte, 2> bytes{};
  Read(bytes);
  return static_cast<Status>(ByteReader(bytes).Read<std::uint16_t>());
}

contract::Address ReadAddress(ByteReader& reader) {
  const auto bytes = reader.Take(reader.Read<std::uint8_t>());
  contract::Address text;
  text.Assign({reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // NOLINT
  return text;
}

}  // namespace

const Wishes& ReadWishes() {
  static std::array<char, channel::kMaxCommandLine> room;
  std::string_view line = CommandLine(room);
  while (!line.empty()) {
    constexpr std::string_view kChannel = "channel=";
    constexpr std::string_view kCut = "cut-after=";
    if (line.starts_with(kChannel)) {
      OpenPipes(line.substr(kChannel.size()));
      break;
    }
    const std::string_view word = line.substr(0, line.find(' '));
    wishes.refusal_ends = wishes.refusal_ends || word == "refusal-ends";
    wishes.compressed = wishes.compressed || word == "compressed";
    wishes.counted = wishes.counted || word == "counted";
    wishes.stack = wishes.stack || word == "stack";
    if (word.starts_with(kCut)) {
      std::from_chars(word.data() + kCut.size(), word.data() + word.size(),
                      wishes.cut_after);
    }
    line.remove_prefix(std::min(word.size() + 1, line.size()));
  }
  return wishes;
}

link::Refusal AskPrepare(const contract::Terms& terms) {
  if (!ask.open()) return link::Refused(Status::kRecordingMissing, "a sensor");
  std::array<std::byte, 12 + contract::kMaxSensors * 20> body{};
  ByteWriter writer(body);
  writer.Write(static_cast<std::uint32_t>(terms.sample.count()));
  writer.Write(static_cast<std::uint32_t>(terms.period.count()));
  writer.Write(terms.sensor_count);
  for (const contract::Sensor& sensor : terms.sensors()) {
    for (const std::uint32_t value :
         {sensor.id, sensor.sample_rate_millihertz, sensor.axes,
          sensor.full_scale_milli_g, sensor.bits}) {
      writer.Write(value);
    }
  }
  std::array<std::byte, 768> room{};
  const auto bytes =
      std::span(room).first(std::min(Ask(Kind::kPrepare, writer.written()), room.size()));
  Read(bytes);
  ByteReader reader(bytes);
  link::Refusal refusal;
  refusal.reason = reader.Read<std::uint16_t>();
  refusal.ours = ReadAddress(reader);
  refusal.theirs = ReadAddress(reader);
  const auto words = reader.rest();
  if (refusal.reason != 0) {
    port::Console({reinterpret_cast<const char*>(words.data()), words.size()});  // NOLINT
  }
  return refusal;
}

Status AskStart(const contract::Sensor& sensor, Milliseconds window, Instant now) {
  if (!ask.open()) return Status::kInternal;
  std::array<std::byte, 16> body{};
  ByteWriter writer(body);
  writer.Write(sensor.id);
  writer.Write(static_cast<std::uint32_t>(window.count()));
  writer.Write(static_cast<std::uint64_t>(SinceBootMicroseconds(now)));
  Ask(Kind::kStart, body);
  return ReadStatus();
}

Result<std::size_t> AskRead(const contract::Sensor& sensor, Instant now,
                            std::span<std::int16_t> out) {
  if (!ask.open()) return Status::kInternal;
  std::array<std::byte, 16> body{};
  ByteWriter writer(body);
  writer.Write(sensor.id);
  writer.Write(static_cast<std::uint64_t>(SinceBootMicroseconds(now)));
  writer.Write(static_cast<std::uint32_t>(out.size()));
  const std::size_t length = Ask(Kind::kRead, body);
  const Status status = ReadStatus();
  const std::size_t values = std::min((length - 2) / 2, out.size());
  Read(std::as_writable_bytes(out.first(values)));
  if (status != Status::kOk) return status;
  return values;
}

void AskStop() {
  if (ask.open()) Ask(Kind::kStop, {});
}

std::uint32_t AskSpeed() {
  if (!ask.open()) return link::kSpeedUnknown;
  Ask(Kind::kSpeed, {});
  std::array<std::byte, 4> bytes{};
  Read(bytes);
  return ByteReader(bytes).Read<std::uint32_t>();
}

void AskSend(Instant now, std::span<const std::byte> bytes) {
  std::array<std::byte, 8> head{};
  ByteWriter(head).Write(static_cast<std::uint64_t>(SinceBootMicroseconds(now)));
  Ask(Kind::kSend, head, bytes);
}

Instant AskSleep(Instant now, Instant deadline) {
  std::array<std::byte, 16> body{};
  ByteWriter writer(body);
  writer.Write(static_cast<std::uint64_t>(SinceBootMicroseconds(now)));
  writer.Write(static_cast<std::uint64_t>(SinceBootMicroseconds(deadline)));
  const std::size_t length = Ask(Kind::kSleep, body);
  std::array<std::byte, 9> head{};
  Read(head);
  ByteReader reader(head);
  const auto until = static_cast<std::int64_t>(reader.Read<std::uint64_t>());
  if (reader.Read<std::uint8_t>() != 0) End(Exit::kGood);
  // What was not read before the sleep is still there, in front of what is new.
  std::copy(incoming.begin() + incoming_begin, incoming.begin() + incoming_end,
            incoming.begin());
  incoming_end -= incoming_begin;
  incoming_begin = 0;
  const std::size_t fresh =
      std::min(length - head.size(), incoming.size() - incoming_end);
  Read(std::span(incoming).subspan(incoming_end, fresh));
  incoming_end += fresh;
  return FromMicroseconds(until);
}

std::size_t TakeReceived(std::span<std::byte> out) {
  const std::size_t size = std::min(out.size(), incoming_end - incoming_begin);
  std::copy_n(incoming.begin() + incoming_begin, size, out.begin());
  incoming_begin += size;
  return size;
}

}  // namespace torpor::firmware::mps2
