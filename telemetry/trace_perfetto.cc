// Perfetto's trace, written field by field. Which number is which field, from its public
// schema (github.com/google/perfetto, protos/perfetto/trace/):
//   trace.proto                              Trace: packet 1
//   trace_packet.proto                       TracePacket: clock_snapshot 6, timestamp 8,
//     trusted_packet_sequence_id 10, track_event 11, sequence_flags 13 (1: nothing before
//     is needed), track_descriptor 60. Without a clock of its own a timestamp is
//     BOOTTIME.
//   clock_snapshot.proto                     ClockSnapshot: clocks 1 (clock_id 1,
//     timestamp 2), primary_trace_clock 2; REALTIME is 1, BOOTTIME 6
//   track_event/track_descriptor.proto       TrackDescriptor: uuid 1, name 2, process 3,
//     parent_uuid 5, counter 8, child_ordering 11 (3: by rank), sibling_order_rank 12
//   track_event/process_descriptor.proto     ProcessDescriptor: pid 1, process_name 6
//   track_event/counter_descriptor.proto     CounterDescriptor: unit 3 (2: count),
//     unit_name 6
//   track_event/track_event.proto            TrackEvent: debug_annotations 4, type 9
//     (1 slice begins, 2 ends, 3 instant, 4 counter), track_uuid 11, categories 22,
//     name 23, double_counter_value 44, flow_ids 47, terminating_flow_ids 48 (fixed64)
//   track_event/debug_annotation.proto       DebugAnnotation: string_value 6, name 10
// Wire types: protobuf.dev/programming-guides/encoding.
#include <bit>
#include <map>
#include <utility>

#include "telemetry/trace_export.h"
#include "telemetry/trace_timeline.h"

namespace torpor::telemetry {
namespace {

// A message that is being put together.
class Message {
 public:
  Message& Number(unsigned field, std::uint64_t value) {
    Tag(field, 0);
    Varint(value);
    return *this;
  }
  Message& Fixed(unsigned field, std::uint64_t value) {
    Tag(field, 1);
    for (unsigned i = 0; i < 8; ++i) {
      bytes_ += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    return *this;
  }
  Message& Bytes(unsigned field, std::string_view bytes) {
    Tag(field, 2);
    Varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }
  Message& Sub(unsigned field, const Message& message) {
    return Bytes(field, message.bytes_);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void Tag(unsigned field, unsigned wire_type) { Varint(field << 3U | wire_type); }
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) {
      bytes_ += static_cast<char>(static_cast<unsigned char>(value | 0x80));
    }
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

std::uint64_t Nanoseconds(std::int64_t us) {
  return static_cast<std::uint64_t>(us) * 1000;
}

class Perfetto final : public TraceExport {
 public:
  explicit Perfetto(std::string robot)
      : robot_(std::move(robot)),
        sequence_(TraceId(robot_, "sequence") & 0x7FFFFFFF),
        process_(TraceId(robot_, "process")) {}

  void Add(const TracedCycle& cycle, std::string& out) override {
    const DrawnCycle drawn = timeline_.Draw(cycle);
    if (!begun_) Begin(drawn, out);
    for (const DrawnSpan& span : drawn.spans) Slice(span, TrackOf(span, out), out);
    for (const DrawnPoint& point : drawn.points) {
      Message event = Event(kInstant, Track("deviations and alarms", 50, nullptr, out));
      event.Bytes(22, "torpor").Bytes(23, point.name);
      for (const TraceFact& fact : point.facts) Annotate(event, fact);
      Packet(Stamped(point.at_us).Sub(11, event), out);
    }
    for (const TraceNumber& number : drawn.numbers) {
      const std::uint64_t track = Track(number.name, 100, &number, out);
      Message event = Event(kCounter, track);
      event.Fixed(44, std::bit_cast<std::uint64_t>(number.value));
      Packet(Stamped(drawn.at_us).Sub(11, event), out);
    }
  }
  void End(std::string& /*out*/) override {}

 private:
  enum Type : unsigned { kBegin = 1, kEnd = 2, kInstant = 3, kCounter = 4 };

  static Message Event(Type type, std::uint64_t track) {
    return Message().Number(9, type).Number(11, track);
  }
  static Message Stamped(std::int64_t us) { return Message().Number(8, Nanoseconds(us)); }
  static void Annotate(Message& event, const TraceFact& fact) {
    event.Sub(4, Message().Bytes(6, fact.words).Bytes(10, fact.name));
  }

  void Packet(Message packet, std::string& out) const {
    packet.Number(10, sequence_);
    out += Message().Sub(1, packet).bytes();
  }

  void Begin(const DrawnCycle& drawn, std::string& out) {
    begun_ = true;
    Packet(Message().Number(13, 1).Sub(
               60, Message()
                       .Number(1, process_)
                       .Sub(3, Message()
                                   .Number(1, process_ & 0x3FFFFFFF)
                                   .Bytes(6, "robot " + Shown(robot_)))
                       .Number(11, 3)),
           out);
    if (!drawn.wall_us || *drawn.wall_us < 0) return;
    const auto clock = [](unsigned id, std::int64_t us) {
      return Message().Number(1, id).Number(2, Nanoseconds(us));
    };
    Packet(Message().Sub(6, Message()
                                .Sub(1, clock(6, drawn.at_us))
                                .Sub(1, clock(1, *drawn.wall_us))
                                .Number(2, 6)),
           out);
  }

  // Tells of a track the first time that it is asked for.
  std::uint64_t Track(const std::string& name, unsigned rank, const TraceNumber* number,
                      std::string& out) {
    const auto [known, is_new] = tracks_.try_emplace(name, TraceId(robot_, name));
    if (!is_new) return known->second;
    Message track;
    track.Number(1, known->second).Bytes(2, name).Number(5, process_);
    if (number != nullptr) {
      Message counter;
      if (number->unit.empty()) {
        counter.Number(3, 2);
      } else {
        counter.Bytes(6, number->unit);
      }
      track.Sub(8, counter);
    }
    track.Number(12, rank);
    Packet(Message().Sub(60, track), out);
    return known->second;
  }

  std::uint64_t TrackOf(const DrawnSpan& span, std::string& out) {
    switch (span.track) {
      case TraceTrack::kCycles:
        return Track("cycles", 1, nullptr, out);
      case TraceTrack::kBatches:
        return Track("batches", 2, nullptr, out);
      default:
        return Track("lease: " + span.holder, 10, nullptr, out);
    }
  }

  void Slice(const DrawnSpan& span, std::uint64_t track, std::string& out) {
    Message begin = Event(kBegin, track);
    begin.Bytes(22, "torpor").Bytes(23, span.name);
    for (const TraceFact& fact : span.facts) Annotate(begin, fact);
    if (span.flow != 0) {
      const std::uint64_t flow = TraceId(robot_, "flow " + std::to_string(span.flow));
      begin.Fixed(span.track == TraceTrack::kBatches ? 47 : 48, flow);
    }
    Packet(Stamped(span.begin_us).Sub(11, begin), out);
    for (const DrawnSpan& inner : span.within) Slice(inner, track, out);
    Packet(Stamped(span.end_us).Sub(11, Event(kEnd, track)), out);
  }

  std::string robot_;
  std::uint64_t sequence_, process_;
  TraceTimeline timeline_;
  std::map<std::string, std::uint64_t> tracks_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<TraceExport> MakePerfettoExport(std::string robot) {
  return std::make_unique<Perfetto>(std::move(robot));
}

}  // namespace torpor::telemetry
