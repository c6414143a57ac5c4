// Writes one or a few good inputs for each fuzz target; from these a fuzzer finds its
// way.
//
// usage: fuzz_seeds FOLDER
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "contract/sign/source.h"
#include "contract/test_keyrings.h"
#include "contract/test_wire.h"
#include "core/bytes.h"
#include "detect/baseline.h"
#include "link/codec.h"
#include "link/ends_under_test.h"
#include "model/test_network.h"
#include "power/calibration.h"
#include "telemetry/trace_under_test.h"

namespace torpor::fuzz {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

fs::path folder;

void Put(const std::string& name, std::span<const std::byte> bytes) {
  fs::create_directories((folder / name).parent_path());
  std::ofstream(folder / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}
void Put(const std::string& name, std::string_view text) { Put(name, AsBytes(text)); }

void PutContracts() {
  Put("envelope/good", link::TestBundle(contract::GoodTerms()));
  Put("payload/good", contract::PayloadOf(contract::GoodTerms()));
  contract::Terms tied = contract::GoodTerms();
  tied.alarm_sink_count = 0;
  Put("payload/no-sinks", contract::PayloadOf(tied));
  Put("payload/calibrations", contract::PayloadOf(contract::CalibratedTerms(2)));
  const Bytes keyring = contract::KeyringDocument({.version = 2}, {1, 2});
  Put("keyring/document", keyring);
  Put("keyring/payload", contract::ParseDocument(keyring)->payload);
  Put("source/expanded", contract::sign::WriteSource(contract::GoodTerms()));
  Put("source/calibrations", contract::sign::WriteSource(contract::CalibratedTerms(2)));
  Put("source/short",
      "base = \"warehouse-60s\"\nfleet = \"f\"\nname = \"n\"\nversion = 1\n"
      "issued_at = 2026-11-01\nnot_before = 2026-11-01\nnot_after = 2027-10-31\n"
      "targets = [\"robot:r-17\"]\n[telemetry]\ngateway = \"https://gateway.example\"\n");
}

Bytes Framed(link::Type type, std::span<const std::byte> body) {
  std::array<std::byte, link::kMaxWire> wire{};
  const std::size_t size = link::EncodePacket({type, 1, body}, wire);
  return {wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size)};
}

// One record of ends_fuzz.cc.
template <class Message>
void Say(Bytes& script, std::uint8_t when, link::Type type, const Message& message) {
  std::array<std::byte, link::kMaxBody> room{};
  Bytes body;
  for (const std::byte b : link::EncodeBody(message, room)) body.push_back(b);
  std::array<std::byte, 6> head{};
  ByteWriter writer(head);
  writer.Write(when);
  writer.Write(static_cast<std::uint8_t>(type));
  writer.Write(std::uint16_t{0});
  writer.Write(static_cast<std::uint16_t>(body.size()));
  script.insert(script.end(), head.begin(), head.end());
  script.insert(script.end(), body.begin(), body.end());
}

// One record of insider_fuzz.cc.
template <class Message>
void Insist(Bytes& script, std::uint8_t when, link::Type type, const Message& message,
            std::string_view rest = {}) {
  Bytes body(link::SizeOf<Message>());
  (void)link::EncodeBody(message, body);
  const auto more = AsBytes(rest);
  body.insert(body.end(), more.begin(), more.end());
  std::array<std::byte, 4> head{};
  ByteWriter writer(head);
  writer.Write(when);
  writer.Write(static_cast<std::uint8_t>(type));
  writer.Write(static_cast<std::uint16_t>(body.size()));
  script.insert(script.end(), head.begin(), head.end());
  script.insert(script.end(), body.begin(), body.end());
}

// An agreement, an offer in two pieces, both orders; and the other way about.
Bytes TakeOver() {
  Bytes script;
  link::Statement confirm;
  confirm.protocol = link::kNewestProtocol;
  confirm.contract = link::Held(contract::GoodTerms()).verified.id();
  confirm.keyring_version = 3;
  link::Offer offer;
  offer.size = 2000;
  Insist(script, 1, link::Type::kHello, link::Hello{.nonce = link::TestNonce(5)});
  Insist(script, 1, link::Type::kConfirm, confirm);
  Insist(script, 1, link::Type::kOffer, offer);
  for (int piece = 0; piece < 5; ++piece) {
    Insist(script, 3, link::Type::kPiece, link::PiecePrefix{}, std::string(400, 'p'));
  }
  Insist(script, 1, link::Type::kActivate, link::Order{});
  Insist(script, 1, link::Type::kKeep, link::Order{});
  Insist(script, 0, link::Type::kStatement, confirm);
  Insist(script, 0, link::Type::kNothingNew, link::NothingNew{});
  Insist(script, 0, link::Type::kWant, link::Want{});
  Insist(script, 0, link::Type::kStaged, link::Staged{});
  return script;
}

void PutLinks() {
  const Bytes text(200, std::byte{'x'});
  Bytes stream = Framed(link::Type::kHello, std::span(text).first(18));
  const Bytes data = Framed(link::Type::kData, text);
  stream.insert(stream.end(), data.begin(), data.end());
  Put("packets/two", stream);

  Bytes script;
  Say(script, 1, link::Type::kHello, link::Hello{});
  Say(script, 0, link::Type::kStatement, link::Statement{});
  Say(script, 1, link::Type::kConfirm, link::Statement{});
  Say(script, 1, link::Type::kFetch, link::Fetch{});
  Say(script, 0, link::Type::kBatch, link::BatchHeader{});
  Say(script, 0, link::Type::kNothingNew, link::NothingNew{});
  Put("ends/all", script);
  Put("insider/take-over", TakeOver());
  // Nothing happens to a packet at 0x09; the samples come from the sixth on.
  Put("cable/greeting", std::string_view("\x09\x00\x09\x01\x02\x03\x04\x09", 8));
  std::string samples(96, '\x09');
  samples[7] = '\x84';
  samples[12] = '\x01';
  samples[30] = '\x00';
  samples[41] = '\x13';
  Put("cable/samples", samples);
}

void PutRecordings() {
  Put("manifest/one",
      "{\"recordings\": [{\"id\": \"a\", \"file\": \"a.flac\", \"sample_rate_hz\": "
      "25600, "
      "\"unit\": \"g\", \"g_per_unit\": 1, \"condition\": \"healthy\", \"channels\": "
      "[{\"name\": \"x\", \"full_scale\": 50}]}]}\n");
  std::string csv = "\1x,y\n";
  for (int i = 0; i < 100; ++i) csv += std::to_string(i % 7) + ".5,-0.25\n";
  Put("recording/csv", csv);
  // RIFF, 16 bits, two channels, 1 kHz, 100 frames; the format byte in front.
  Bytes wav(1 + 44 + 400);
  ByteWriter w(wav);
  w.Write(std::uint8_t{0});
  w.Write(AsBytes("RIFF"));
  w.Write(std::uint32_t{36 + 400});
  w.Write(AsBytes("WAVEfmt "));
  w.Write(std::uint32_t{16});
  w.Write(std::uint16_t{1});
  w.Write(std::uint16_t{2});
  w.Write(std::uint32_t{1000});
  w.Write(std::uint32_t{4000});
  w.Write(std::uint16_t{4});
  w.Write(std::uint16_t{16});
  w.Write(AsBytes("data"));
  w.Write(std::uint32_t{400});
  Put("recording/wav", wav);
}

void PutModels() {
  for (const auto precision : {model::Precision::kFloat, model::Precision::kInt8}) {
    Put(precision == model::Precision::kInt8 ? "model/int8" : "model/float",
        model::EncodeNetwork(model::RandomNetwork(model::kSmallShape, precision)));
  }
}

void PutBaseline() {
  detect::Baseline baseline;
  baseline.shape = {1'000'000, 1, 256, 16'000};
  baseline.rule = {120, 6, 8, 10};
  baseline.run_in_cycles = 30;
  baseline.fleet_weight_cycles = 1000;
  baseline.machines = 4;
  baseline.healthy_scores = 100;
  baseline.threshold = 2;
  baseline.typical_level_g = 0.5F;
  baseline.deviation.assign(128, 1.0F);
  baseline.typical.assign(128, 0.0F);
  baseline.between.assign(128, 1.0F);
  for (std::size_t row = 0; row < 64; ++row)
    for (std::size_t column = 0; column <= row; ++column)
      baseline.factor.push_back(row == column ? 1.0F : 0.0F);
  Put("baseline/unit", detect::EncodeBaseline(baseline));
}

void PutCalibration() {
  power::Calibration calibration;
  calibration.identity = {"a board", "6.1", "pmode:0002", "name=cuda; driver=12.4", {}};
  calibration.meter = "VDD_IN, sampled";
  calibration.measured_at_s = 1'795'000'000;
  for (const auto rung : {power::Rung::kChildExited, power::Rung::kContextKept}) {
    power::RungCost cost{.rung = rung};
    cost.enter = {-5};
    cost.parked = {rung == power::Rung::kChildExited ? 0 : 300'000};
    cost.exit = {30'000'000};
    cost.exit_latency = std::chrono::milliseconds(20);
    cost.repetitions = 5;
    calibration.rungs.push_back(cost);
  }
  Put("calibration/board", power::EncodeCalibration(calibration));
}

// In the order of machine_fuzz's nodes.
void PutMachine() {
  using namespace std::literals;
  Put("machine/orin-nano",
      AsBytes("VDD_IN\0005000\0001600\0007\000512\000ina3221\000package-"
              "0\000262143\000262143328850\0"
              "ga10b\000suspended\00055000\0005000\000auto\000yes\000306000000\000"
              "624750000\000306000000\000306000000 624750000\000nvhost_podgov\000WFI\000"
              "1000\000alarmtimer\0001\0001\00057\000pmode:0002\000Orin Nano\000"
              "  CPU0  CPU1\n 11:  4021 3011  GICv3  30 Level  arch_timer\n"
              " 57:  2 0  GICv3 144 Level  ttyTHS1\nIPI0:  9 1  Rescheduling interrupts\n"
              "ERR:  0\n"sv));
}

void PutReplies() {
  Put("http_reply/accepted",
      AsBytes("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"));
  Put("http_reply/rejected",
      AsBytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\n"
              "Content-Type: text/plain\r\ncontent-length: 11\r\n\r\nwrong type\n"));
  Put("http_reply/chunked",
      AsBytes("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nout\r\n4;x=y\r\n of \r\n3\r\nlog\r\n0\r\n\r\n"));
  Put("http_reply/until-it-closes", AsBytes("HTTP/1.0 200\r\n\r\nall of it"));
  Put("http_reply/address", AsBytes("https://[2001:db8::1]:9091/site-3"));
}

// A page of the header, and one with two cycles: of a robot with all there is, and of one
// with next to nothing.
void PutTraces() {
  Bytes trace(2 * telemetry::kTracePageBytes);
  const auto put = [&](std::size_t at, const telemetry::TraceBlock& block) {
    std::ranges::copy(block, trace.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, telemetry::EncodeTraceHeader({.blocks = 4, .robot = "r-17"}));
  Put("trace/begun", std::span(trace).first(telemetry::kTracePageBytes));
  put(telemetry::OffsetOfTraceBlock(0),
      telemetry::EncodeTraceBlock(1, telemetry::Traced(1)));
  put(telemetry::OffsetOfTraceBlock(1), telemetry::EncodeTraceBlock(2, {}));
  Put("trace/two", trace);
}

}  // namespace
}  // namespace torpor::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 64;
  }
  torpor::fuzz::folder = argv[1];
  torpor::fuzz::PutContracts();
  torpor::fuzz::PutLinks();
  torpor::fuzz::PutRecordings();
  torpor::fuzz::PutModels();
  torpor::fuzz::PutBaseline();
  torpor::fuzz::PutCalibration();
  torpor::fuzz::PutMachine();
  torpor::fuzz::PutReplies();
  torpor::fuzz::PutTraces();
  return 0;
}
