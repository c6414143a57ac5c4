// The conformance corpus: bundles, each with the one reason number that any verifier must
// give for it. As files: contract/testdata/corpus.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/envelope.h"
#include "contract/fields.h"
#include "contract/lint.h"
#include "contract/sign/sign.h"
#include "contract/test_corpus_key.h"
#include "contract/test_wire.h"
#include "contract/wire_size.h"
#include "core/hex.h"
#include "core/status.h"

namespace torpor::contract {

struct Vector {
  std::string name;  // [a-z0-9-], the file's
  Bytes bundle;
  Status expected = Status::kOk;
};

class Corpus {
 public:
  Corpus() {
    Envelopes();
    Forms();
    Ranges();
    Rules();
  }
  [[nodiscard]] const std::vector<Vector>& vectors() const { return vectors_; }

 private:
  using Records = std::vector<Record>;
  using Spoil = std::function<void(Records&)>;
  using Change = std::function<void(Terms&)>;

  void Add(std::string name, Bytes bundle, Status expected) {
    vectors_.push_back({std::move(name), std::move(bundle), expected});
  }
  static Bytes Signed(const Bytes& payload, std::string_view type = kPayloadType) {
    return sign::SignPayload(payload, CorpusKey(), type);
  }
  // A good payload with its records spoiled, correctly signed.
  void Form(const std::string& name, Status expected, const Spoil& spoil) {
    Records records = GoodRecords();
    spoil(records);
    Add("form-" + name, Signed(Join(records)), expected);
  }
  void InSensor(const std::string& name, Status expected, const Spoil& spoil) {
    Form("sensor-" + name, expected, [&](Records& records) {
      Records inner = Split(Find(records, 21).value);
      spoil(inner);
      Find(records, 21).value = Join(inner);
    });
  }
  // Good terms, changed, correctly signed.
  void Rule(const std::string& name, Status expected, const Change& change) {
    Terms terms = GoodTerms();
    change(terms);
    Add("rule-" + name, Signed(PayloadOf(terms)), expected);
  }

  void Envelopes();
  void Forms();
  void Ranges();
  void Rules();

  std::vector<Vector> vectors_;
};

inline void Corpus::Envelopes() {
  using enum Status;
  const Bytes good = Signed(PayloadOf(GoodTerms()));
  const auto at = [&](const std::string& name, std::ptrdiff_t place, unsigned flip,
                      Status expected) {
    Bytes bundle = good;
    const auto i =
        static_cast<std::size_t>(place < 0 ? std::ssize(bundle) + place : place);
    bundle[i] ^= static_cast<std::byte>(flip);
    Add("envelope-" + name, bundle, expected);
  };
  const auto cut = [&](std::size_t size) {
    return Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
  };
  Add("good", good, kOk);
  Add("envelope-empty", {}, kBundleEmpty);
  Add("envelope-one-byte", cut(1), kBundleTruncated);
  Add("envelope-length-cut", cut(2), kBundleTruncated);
  Add("envelope-half", cut(good.size() / 2), kBundleTruncated);
  Add("envelope-without-signature", cut(good.size() - 86), kBundleTruncated);
  Add("envelope-last-byte-missing", cut(good.size() - 1), kBundleTruncated);
  Bytes longer = good;
  longer.push_back(std::byte{0});
  Add("envelope-one-byte-more", longer, kBundleTrailing);
  Bytes twice = good;
  twice.insert(twice.end(), good.end() - 86, good.end());
  Add("envelope-two-signatures", twice, kDuplicateSignature);
  Add("envelope-too-large", Bytes(kMaxEnvelopeBytes + 1), kBundleTooLarge);
  Add("envelope-zeros", Bytes(kMaxEnvelopeBytes), kEnvelopeMalformed);
  Bytes stretched = good;
  stretched[2] |= std::byte{0x80};
  stretched.insert(stretched.begin() + 3, std::byte{0});
  Add("envelope-overlong-length", stretched, kEnvelopeMalformed);
  at("first-tag", 0, 0x08, kEnvelopeMalformed);
  at("payload-bit", 20, 0x01, kBadSignature);
  at("type-bit", -100, 0x01, kBadSignature);
  at("signature-r", -82, 0x01, kBadSignature);
  at("signature-s", -40, 0x01, kBadSignature);
  Bytes digit = good;
  digit.back() = digit.back() == std::byte{'0'} ? std::byte{'1'} : std::byte{'0'};
  Add("envelope-key-id-digit", digit, kKeyIdMismatch);
  at("key-id-upper-case", -16, 0x40, kEnvelopeMalformed);
  Bytes hint = good;
  std::ranges::copy(AsBytes(KeyIdOf(CorpusKey(2).public_key()).view()), hint.end() - 16);
  Add("envelope-key-id-of-another", hint, kKeyIdMismatch);
  Add("envelope-unknown-key",
      sign::SignPayload(PayloadOf(GoodTerms()), CorpusKey(2), kPayloadType), kUnknownKey);
  Add("envelope-later-type",
      Signed(PayloadOf(GoodTerms()), "application/vnd.torpor.contract.v1"),
      kWrongPayloadType);
  Add("envelope-other-type", Signed(PayloadOf(GoodTerms()), "text"), kWrongPayloadType);
  // S + L verifies in lenient libraries (RFC 8032, section 5.1.7).
  const auto order =
      *ReadHex<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes shifted = good;
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::byte& byte = shifted[shifted.size() - 18 - 32 + i];
    carry += std::to_integer<unsigned>(byte) + std::to_integer<unsigned>(order[i]);
    byte = static_cast<std::byte>(carry & 0xFF);
    carry >>= 8;
  }
  Add("envelope-signature-plus-order", shifted, kBadSignature);
}

inline void Corpus::Forms() {
  using enum Status;
  const auto place = [](Records& r, std::uint64_t number) {
    return r.begin() + (&Find(r, number) - r.data());
  };
  Add("form-empty-message", Signed(Bytes(1)), kPayloadMalformed);
  Form("version-twice", kDuplicateField,
       [&](Records& r) { r.insert(place(r, 4), NumberRecord(4, 6)); });
  Form("version-again-at-end", kDuplicateField,
       [](Records& r) { r.push_back(NumberRecord(4, 6)); });
  Form("unknown-field", kUnknownField,
       [](Records& r) { r.push_back(NumberRecord(60, 1)); });
  Form("unknown-fixed-width", kUnknownField, [](Records& r) {
    r.push_back({61, 5, Bytes(4)});
  });
  Form("swapped", kFieldOrder, [](Records& r) { std::swap(Find(r, 10), Find(r, 11)); });
  Form("overlong-number", kOverlongVarint, [](Records& r) {
    Find(r, 3).value = {std::byte{0x81}, std::byte{0}};
  });
  Form("eleven-byte-number", kOverlongVarint, [](Records& r) {
    Find(r, 4).value = Bytes(10, std::byte{0x80});
    Find(r, 4).value.push_back(std::byte{1});
  });
  Form("explicit-zero", kDefaultValue,
       [](Records& r) { Find(r, 38) = NumberRecord(38, 0); });
  Form("explicit-empty-text", kDefaultValue,
       [](Records& r) { Find(r, 42) = TextRecord(42, ""); });
  Form("number-for-text", kWrongWireType,
       [](Records& r) { Find(r, 1) = NumberRecord(1, 5); });
  Form("text-for-number", kWrongWireType,
       [](Records& r) { Find(r, 10) = TextRecord(10, "60"); });
  Form("fixed-width", kWrongWireType, [](Records& r) {
    Find(r, 10) = {10, 5, Bytes(4, std::byte{1})};
  });
  Form("text-too-long", kFieldTooLong,
       [](Records& r) { Find(r, 1) = TextRecord(1, std::string(32, 'a')); });
  Form("text-with-zero", kOutOfRange,
       [](Records& r) { Find(r, 1) = TextRecord(1, std::string_view("a\0b", 3)); });
  Form("text-upper-case", kOutOfRange,
       [](Records& r) { Find(r, 1) = TextRecord(1, "North"); });
  Form("beyond-32-bits", kOutOfRange, [](Records& r) {
    Find(r, 10) = NumberRecord(10, (std::uint64_t{1} << 32) + 10'000);
  });
  Form("choice-unknown", kOutOfRange,
       [](Records& r) { Find(r, 40) = NumberRecord(40, 5); });
  Form("choice-wraps", kOutOfRange,
       [](Records& r) { Find(r, 40) = NumberRecord(40, 257); });
  Form("field-zero", kPayloadMalformed,
       [](Records& r) { r.insert(r.begin(), NumberRecord(0, 1)); });
  InSensor("twice", kDuplicateField,
           [](Records& r) { r.push_back(NumberRecord(5, 12)); });
  InSensor("unknown", kUnknownField, [](Records& r) { r.push_back(NumberRecord(6, 1)); });
  InSensor("swapped", kFieldOrder, [](Records& r) { std::swap(r[0], r[1]); });
  InSensor("overlong", kOverlongVarint, [](Records& r) {
    r[0].value = {std::byte{0x81}, std::byte{0}};
  });
  InSensor("zero", kDefaultValue, [](Records& r) { r[2] = NumberRecord(3, 0); });
  InSensor("missing", kFieldMissing, [](Records& r) { r.pop_back(); });
  InSensor("text-for-number", kWrongWireType,
           [](Records& r) { r[0] = TextRecord(1, "1"); });
  for (const std::size_t size : {0U, 31U, 33U}) {
    Form("calibration-of-" + std::to_string(size),
         size > 32 ? kFieldTooLong : kOutOfRange, [=](Records& r) {
           r.push_back({52, 2, Bytes(size, std::byte{1})});
         });
  }
  Form("calibrations-three", kFieldTooLong, [](Records& r) {
    r.insert(r.end(), 3, {52, 2, Bytes(32, std::byte{1})});
  });
  Bytes cut = PayloadOf(GoodTerms());
  cut.resize(cut.size() - 1);
  Add("form-payload-cut-in-number", Signed(cut), kPayloadMalformed);
  cut.resize(40);
  Add("form-payload-cut-in-text", Signed(cut), kPayloadMalformed);
}

// Of every number, one beyond each end of its range, and the field left out.
inline void Corpus::Ranges() {
  for (const Field& field : Fields()) {
    const std::string name = "range-" + std::to_string(field.number);
    Records without = GoodRecords();
    std::erase_if(without, [&](const Record& r) { return r.number == field.number; });
    Add(name + "-missing", Signed(Join(without)),
        field.min == 0 ? Status::kOk : Status::kFieldMissing);
    if (!field.IsNumber()) continue;
    const auto with = [&](std::uint64_t number) {
      Records records = GoodRecords();
      Find(records, field.number) = NumberRecord(field.number, number);
      return Signed(Join(records));
    };
    Add(name + "-above", with(field.max + 1), Status::kOutOfRange);
    if (field.min > 1) Add(name + "-below", with(field.min - 1), Status::kOutOfRange);
  }
}

inline void Corpus::Rules() {
  using enum Status;
  using Ms = Milliseconds;
  Rule("mcu-timeline-long", kMcuTimeline, [](Terms& t) { t.mcu_sleep += Ms(1); });
  Rule("mcu-timeline-short", kMcuTimeline, [](Terms& t) { t.mcu_guard -= Ms(1); });
  Rule("computer-timeline", kComputerTimeline, [](Terms& t) { t.wake += Ms(1); });
  const auto report_of = [](int ms) {
    return [ms](Terms& t) {
      t.report = Ms(ms);
      t.computer_sleep = Ms(10'000 - 1'500 - ms);
      t.power.computer_report = t.power.computer_sleep;
      t.hour_budget = Microjoules{18'000'000'000};  // refusing is dear, too
    };
  };
  Rule("result-just-in-time", kOk, report_of(8'300));
  Rule("result-too-late", kResultTooLate, report_of(8'301));
  Rule("sample-count", kSampleCount,
       [](Terms& t) { t.sensor_slots[0].sample_rate_millihertz += 1; });
  const auto wire = static_cast<std::uint32_t>(BatchWireBytes(10'240));
  Rule("wire-bytes-just-enough", kOk, [=](Terms& t) { t.link_batch_wire_bytes = wire; });
  Rule("wire-bytes", kWireBytes, [=](Terms& t) { t.link_batch_wire_bytes = wire - 1; });
  const auto sample_of = [](int ms) {
    return [ms](Terms& t) {
      t.sensor_slots[0] = {1, 3'200'000, 3, 16'000, 16};
      t.period = Ms(60'000);
      t.sample = Ms(ms);
      t.mcu_sleep = t.period - t.sample - t.mcu_guard;
      t.collect = Ms(1'500);
      t.computer_sleep = t.period - t.awake();
      t.link_batch_wire_bytes = 110'000;
      t.cycle_budget = Microjoules{1'000'000'000};
      t.hour_budget = Microjoules{100'000'000'000};
    };
  };
  Rule("batch-fills-slot", kOk, sample_of(5'000));
  Rule("batch-too-large", kBatchTooLarge, sample_of(5'005));
  const auto needed = static_cast<std::int64_t>(HandOverMilliseconds(16'000, 921'600));
  const auto collect_of = [](std::int64_t ms) {
    return [ms](Terms& t) {
      t.computer_sleep += t.collect - Ms(ms);
      t.collect = Ms(ms);
    };
  };
  Rule("link-just-fast-enough", kOk, collect_of(needed));
  Rule("link-too-slow", kLinkTooSlow, collect_of(needed - 1));
  Rule("over-cycle-budget", kOverCycleBudget,
       [](Terms& t) { t.cycle_budget = Microjoules{30'000'000}; });
  Rule("over-hour-budget", kOverHourBudget,
       [](Terms& t) { t.hour_budget = Microjoules{16'199'999'000}; });
  const auto refusing_for = [=](std::int64_t mj) {
    return [=](Terms& t) {
      report_of(8'300)(t);
      t.hour_budget = Microjoules{mj * 1000};
    };
  };
  Rule("refusal-just-affordable", kOk, refusing_for(17'233'200));
  Rule("refusal-over-budget", kRefusalOverBudget, refusing_for(17'233'199));
  Rule("age-least", kOk, [](Terms& t) { t.max_batch_age = Ms(900); });
  Rule("age-below", kBatchAgeLimit, [](Terms& t) { t.max_batch_age = Ms(899); });
  Rule("age-most", kOk, [](Terms& t) { t.max_batch_age = Ms(30'000); });
  Rule("age-above", kBatchAgeLimit, [](Terms& t) { t.max_batch_age = Ms(30'001); });
  Rule("issued-late", kValidityOrder,
       [](Terms& t) { t.issued_at_s = t.not_before_s + 1; });
  Rule("valid-never", kValidityOrder, [](Terms& t) { t.not_after_s = t.not_before_s; });
  Rule("valid-400-days", kOk,
       [](Terms& t) { t.not_after_s = t.not_before_s + kMaxValiditySeconds; });
  Rule("valid-longer", kValidityOrder,
       [](Terms& t) { t.not_after_s = t.not_before_s + kMaxValiditySeconds + 1; });
  const auto lease_of = [](std::uint32_t lease, std::uint32_t trial,
                           std::uint32_t scrub) {
    return [=](Terms& t) {
      t.lease_cycles = lease;
      t.trial_cycles = trial;
      t.scrub_cycles = scrub;
    };
  };
  Rule("lease-longest", kOk, lease_of(3'153'600, 5, 60));
  Rule("lease-too-long", kLeaseTooLong, lease_of(3'153'601, 5, 60));
  Rule("trial-and-scrub-longest", kOk, lease_of(61, 60, 60));
  Rule("trial-outlasts-lease", kOutlastsLease, lease_of(60, 60, 59));
  Rule("scrub-outlasts-lease", kOutlastsLease, lease_of(60, 59, 60));
  Rule("hello-too-long", kHelloTooLong, [](Terms& t) {
    t.hello_timeout = Ms(501);
    t.hello_retries = 20;
  });
  Rule("targets-swapped", kTargetsWrong,
       [](Terms& t) { std::swap(t.target_slots[0], t.target_slots[1]); });
  Rule("targets-twice", kTargetsWrong,
       [](Terms& t) { t.target_slots[1] = t.target_slots[0]; });
  const auto all = [](Terms& t) {
    t.profile = Profile::kProduction;
    t.gateway.Assign("https://gateway.example");
    t.alarm_sink_count = 0;
    t.target_slots[0] = {TargetKind::kAll, {}};
    t.target_count = 1;
  };
  Rule("all-alone", kOk, all);
  Rule("all-beside-others", kTargetsWrong, [&](Terms& t) {
    all(t);
    t.target_count = 2;
  });
  Rule("all-with-id", kTargetsWrong, [&](Terms& t) {
    all(t);
    t.target_slots[0].id.Assign("hall-3");
  });
  Rule("bench-for-all", kBenchOnly, [&](Terms& t) {
    all(t);
    t.profile = Profile::kBench;
  });
  Rule("http-in-production", kBenchOnly,
       [](Terms& t) { t.profile = Profile::kProduction; });
  Rule("keyring-newer", kKeyringTooOld, [](Terms& t) { t.keyring_version_min = 2; });
  Rule("k-above-n", kAlarmRule, [](Terms& t) { t.alarm_k = 6; });
  Rule("commissioning-short", kAlarmRule, [](Terms& t) {
    t.commissioning_cycles = 10;
    t.score_cycles = 11;
  });
  Rule("sensors-twice", kSensorOrder, [](Terms& t) {
    t.sensor_slots[t.sensor_count++] = {1, 25'600'000, 2, 2'000, 16};
    t.link_batch_wire_bytes = 25'000;
  });
  for (const auto& [name, address, expected] :
       {std::tuple{"ipv6", "https://[::1]:9091/x", kOk},
        {"port-zero", "https://gateway:0", kAddressRefused},
        {"port-large", "https://gateway:65536", kAddressRefused},
        {"no-scheme", "gateway.example", kAddressRefused},
        {"other-scheme", "ftp://gateway.example", kAddressRefused},
        {"mqtt-for-metrics", "mqtts://gateway.example", kAddressRefused},
        {"user", "https://me@gateway.example", kAddressRefused},
        {"query", "https://gateway.example/?a=1", kAddressRefused},
        {"no-host", "https:///x", kAddressRefused}}) {
    Rule(std::string("gateway-") + name, expected,
         [address = address](Terms& t) { t.gateway.Assign(address); });
  }
  Rule("sinks-swapped", kAddressRefused,
       [](Terms& t) { std::swap(t.alarm_sink_slots[0], t.alarm_sink_slots[1]); });
  // Digests of 32 times the same byte.
  const auto calibrated = [&](const std::string& name, const std::vector<int>& bytes,
                              Residency residency, Status expected) {
    Rule("calibrations-" + name, expected, [&](Terms& t) {
      t.residency_max = residency;
      for (const int byte : bytes)
        t.calibration_slots[t.calibration_count++].fill(static_cast<std::byte>(byte));
    });
  };
  calibrated("none-but-warm", {}, Residency::kHot, kOk);
  calibrated("one", {1}, Residency::kMemoryFreed, kOk);
  calibrated("two", {127, 128}, Residency::kHot, kOk);
  calibrated("swapped", {128, 127}, Residency::kHot, kCalibrationsWrong);
  calibrated("twice", {1, 1}, Residency::kHot, kCalibrationsWrong);
  calibrated("zero", {0}, Residency::kHot, kCalibrationsWrong);
  calibrated("zero-and-one", {0, 1}, Residency::kHot, kCalibrationsWrong);
  calibrated("allow-nothing", {1}, Residency::kChildExited, kCalibrationsWrong);
}

}  // namespace torpor::contract
