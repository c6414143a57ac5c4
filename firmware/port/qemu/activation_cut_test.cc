// The power fails while the image changes from one contract to another, at every
// operation of its flash and within it: what contract_change_cut_test tries everywhere on
// the host holds of the machine code, as far as a sample tells.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

#include "firmware/port/qemu/image_under_test.h"

namespace torpor::firmware::qemu {
namespace {

using link::Held;
using link::Phase;

constexpr unsigned kSeed = 1;

// The newer one has what a contract need not have.
contract::Terms Version(std::uint64_t number) {
  contract::Terms terms =
      number > 7 ? contract::CalibratedTerms(2) : contract::GoodTerms();
  terms.version.number = number;
  terms.trial_cycles = 3;
  return terms;
}

enum class Plan : std::uint8_t {
  kKeep,         // the computer judges a cycle under the newer one and keeps it
  kLetItGoBack,  // it only looks on until the trial is over
};

struct Contracts {
  Held older{Version(7)}, newer{Version(8)};
  contract::Keyring keyring = link::TestKeyring();
  std::array<Digest, 2> ids = {older.verified.id(), newer.verified.id()};
};

// A robot whose computer holds both contracts and wants the newer one, from a flash that
// holds the older one. Its power fails after so many granules, once for each entry of
// `cuts`.
class Life {
 public:
  Life(const Contracts& contracts, ImageUnderTest& image, Plan plan,
       std::vector<std::uint32_t> cuts)
      : contracts_(contracts), image_(image), plan_(plan), cuts_(std::move(cuts)) {
    NextCut();
    Hold(contracts_.older);
  }

  // Until one of the contracts is obeyed for good and a batch was taken under it.
  void Live() {
    for (int step = 0; step < 100; ++step) {
      if (testing::Test::HasFailure()) return;
      if (!image_.powered()) {
        PowerOn();
      } else if (Step() && UsesUpCuts()) {
        return Work();
      }
    }
    FAIL() << "never settles";
  }

  std::map<std::string, int> states;  // in which the power found it again

 private:
  void NextCut() {
    cut_ = cuts_.empty() ? 0 : cuts_.front();
    if (!cuts_.empty()) cuts_.erase(cuts_.begin());
  }

  void PowerOn() {
    if (boots_++ > 0 && !spared_) NextCut();
    spared_ = false;
    found_ = boots_ == 1;
    image_.PowerOn(cut_);
  }

  // At the end, cuts that are left come in boots, which write.
  bool UsesUpCuts() {
    if (cut_ == 0) return true;
    const std::uint32_t written = image_.GranulesWritten();
    image_.PowerOff();
    cut_ -= std::min(cut_ - 1, written);
    spared_ = true;
    return false;
  }

  void Hold(const Held& held) {
    computer_ = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, contracts_.keyring, {1, 1}, {}, contracts_.ids},
        link::TestPairing(), buffer_);
    held_ = &held;
  }

  ComputerEvent Run() {
    return image_.RunUntil(*computer_, Instant::max() - Milliseconds(1));
  }
  void Sleep(Microseconds time) {
    EXPECT_EQ(image_.RunUntil(*computer_, image_.now + time), ComputerEvent::kNone);
  }
  ComputerEvent Greet() {
    computer_->Greet(image_.now, link::TestNonce(++greetings_));
    return Run();
  }
  ComputerEvent Fetch() {
    Sleep(computer_->next_ready_in() + Milliseconds(1));
    if (!image_.powered()) return ComputerEvent::kFailed;
    computer_->Fetch(image_.now);
    return Run();
  }

  // What the firmware has stated holds the promises.
  void Check(const link::Statement& firmware) {
    const std::uint64_t version = firmware.contract_version;
    ASSERT_TRUE(version == 7 || version == 8) << version;
    ASSERT_EQ(firmware.contract, contracts_.ids[version - 7]);
    ASSERT_GE(firmware.floor_version, floor_) << "the floor fell";
    ASSERT_GE(version, firmware.floor_version);
    ASSERT_TRUE(version == 8 || !kept_) << "told that it is kept, and gone back";
    floor_ = firmware.floor_version;
    if (boot_count_ == firmware.boot_count) return;
    ASSERT_GT(firmware.boot_count, boot_count_) << "a nonce was used twice";
    boot_count_ = firmware.boot_count;
    if (std::exchange(found_, true)) return;
    ++states[std::to_string(version) + (firmware.phase == Phase::kTrial ? " on trial"
                                        : firmware.phase == Phase::kActivating
                                            ? " activating"
                                        : firmware.reverted != Digest{} ? ", gone back"
                                        : firmware.staged == Digest{}   ? " steady"
                                                                        : " staged")];
  }

  // One thing that a computer does in a cycle. True: one is obeyed for good.
  bool Step() {
    const ComputerEvent greeted = Greet();
    if (!image_.powered() || greeted == ComputerEvent::kFailed ||
        greeted == ComputerEvent::kRestarted) {
      return false;
    }
    const link::Statement firmware = computer_->firmware();
    Check(firmware);
    if (testing::Test::HasFailure()) return false;
    if (greeted == ComputerEvent::kOther) {
      Hold(firmware.contract == contracts_.ids[0] ? contracts_.older : contracts_.newer);
      return false;
    }
    EXPECT_EQ(greeted, ComputerEvent::kAgreed)
        << link::NameOf(computer_->refusal().reason) << " "
        << computer_->refusal().ours.view() << " " << computer_->refusal().theirs.view();
    if (firmware.phase == Phase::kSteady && firmware.reverted == contracts_.ids[1]) {
      EXPECT_EQ(firmware.floor_version, 7U);
      EXPECT_EQ(link::NameOf(firmware.reverted_reason), "trial-over");
      return true;
    }
    if (firmware.contract == contracts_.ids[1]) return OnTrial(firmware);
    if (firmware.phase == Phase::kSteady) {
      // Half of the times it is believed that what was staged before a cut still is.
      if ((firmware.staged == contracts_.ids[1] && image_.random() % 2 == 0) || Stage()) {
        computer_->Activate(contracts_.ids[1]);
        Sleep({});
      }
    } else {
      Sleep(Version(7).period);
    }
    return false;
  }

  bool OnTrial(const link::Statement& firmware) {
    if (firmware.phase == Phase::kSteady) {
      EXPECT_EQ(plan_, Plan::kKeep) << "kept, and nobody had asked for it";
      EXPECT_EQ(firmware.floor_version, 8U);
      return kept_ = true;
    }
    if (plan_ == Plan::kLetItGoBack) {
      Sleep(Version(7).period);
    } else if (Fetch() == ComputerEvent::kBatch) {
      EXPECT_EQ(computer_->header().contract, contracts_.newer.verified.short_id());
      computer_->Keep();
      Sleep({});
    }
    return false;
  }

  bool Stage() {
    computer_->Offer({link::Cargo::kContract, contracts_.newer.bundle, contracts_.ids[1]},
                     image_.now);
    return Run() == ComputerEvent::kStaged && computer_->not_staged() == 0;
  }

  void Work() {
    EXPECT_EQ(Fetch(), ComputerEvent::kBatch);
    EXPECT_EQ(computer_->header().contract, held_->verified.short_id());
  }

  const Contracts& contracts_;
  ImageUnderTest& image_;
  Plan plan_;
  std::vector<std::uint32_t> cuts_;
  std::uint32_t cut_ = 0;  // of this boot
  std::vector<std::byte> buffer_ = std::vector<std::byte>(96'000);
  std::unique_ptr<link::ComputerEnd> computer_;
  const Held* held_ = nullptr;
  int boots_ = 0, greetings_ = 0;
  bool spared_ = false;  // the power was switched off before the cut
  bool found_ = false;   // since this boot
  bool kept_ = false;
  std::uint64_t floor_ = 7;
  std::uint32_t boot_count_ = 0;
};

std::uint32_t Below(std::mt19937& random, std::uint32_t end) {
  return static_cast<std::uint32_t>(random() % end);
}

// Ten minutes of it: for whoever changes the record or the slots.
bool ManyMore() {
  const char* asked = std::getenv("TORPOR_MORE_CUTS");
  return asked != nullptr && std::string(asked) == "1";
}

struct Tally {
  int lives = 0, erasures = 0, programmings = 0, disagreements = 0;
  std::map<std::string, int> states;

  void Print(const char* what) const {
    std::printf("%s: %d lives, %d erasures and %d programmings torn, found again as",
                what, lives, erasures, programmings);
    for (const auto& [state, count] : states) {
      std::printf(" %s (%d)", state.c_str(), count);
    }
    std::printf("; %d disagreements; seed %u\n", disagreements, kSeed);
    if (ManyMore()) return;
    std::fprintf(
        stderr,
        "NOT RUN: TORPOR_MORE_CUTS is not 1, so %s under QEMU was sampled, seed %u\n",
        what, kSeed);
  }
};

class ActivationCut : public Installed {
 protected:
  void SetUp() override {
    if (ImageIsMissing()) return;
    Install(Version(7), "r-17");
    // A new flash has empty sectors, which the firmware erases before it trusts them, and
    // the floor rises with the first agreement.
    ImageUnderTest image(flash_path(), kSeed);
    image.PowerOn(0);
    std::vector<std::byte> buffer(96'000);
    link::ComputerEnd computer({contracts_.older.verified, contracts_.keyring, {1, 1}},
                               link::TestPairing(), buffer);
    computer.Greet(image.now, link::TestNonce(1));
    ASSERT_EQ(image.RunUntil(computer, Instant::max() - Milliseconds(1)),
              ComputerEvent::kAgreed);
    image.PowerOff();
    start_ = image.flash();
  }

  void LiveOnce(Plan plan, unsigned seed, std::vector<std::uint32_t> cuts) {
    ImageUnderTest image(flash_path(), seed);
    image.set_flash(start_);
    Life life(contracts_, image, plan, std::move(cuts));
    life.Live();
    ++tally_.lives;
    if (HasFailure()) {
      ++tally_.disagreements;
      return;
    }
    operations_ = image.Operations();
    image.PowerOff();
    tally_.erasures += image.torn_erasures;
    tally_.programmings += image.torn_programmings;
    for (const auto& [state, count] : life.states) tally_.states[state] += count;
  }

  // At the first granule of each operation, at its last and between.
  void CutEachOperation(Plan plan) {
    ASSERT_NO_FATAL_FAILURE(LiveOnce(plan, kSeed, {}));
    tally_ = {};
    const auto operations = operations_;
    std::mt19937 random(kSeed);
    std::uint32_t before = 0;
    unsigned seed = kSeed;
    for (const Operation& operation : operations) {
      std::vector<std::uint32_t> within = {1, operation.granules};
      for (int i = ManyMore() ? 16 : 2; i > 0; --i) {
        within.push_back(1 + Below(random, operation.granules));
      }
      std::ranges::sort(within);
      within.erase(std::unique(within.begin(), within.end()), within.end());
      for (const std::uint32_t granule : within) {
        SCOPED_TRACE(testing::Message()
                     << "seed " << seed << ", granule " << granule << " of "
                     << (operation.erases ? "an erasure" : "a programming") << " at "
                     << operation.address << ", granule " << before + granule
                     << " of all");
        LiveOnce(plan, seed++, {before + granule});
        if (HasFailure()) return;
      }
      before += operation.granules;
    }
  }

  Contracts contracts_;
  ImageUnderTest::Flash start_;
  std::vector<Operation> operations_;  // of the last life's last boot
  Tally tally_;
};

TEST_F(ActivationCut, AtEveryOperationTheOldOrTheNewIsObeyed) {
  if (start_.empty()) return;
  CutEachOperation(Plan::kKeep);
  tally_.Print("kept, one cut");
  for (const char* state : {"7 steady", "7 staged", "8 on trial", "8 steady"}) {
    EXPECT_GT(tally_.states[state], 0) << state;
  }
}

TEST_F(ActivationCut, ATrialThatNobodyEndsGoesBackWhereverThePowerFails) {
  if (start_.empty()) return;
  CutEachOperation(Plan::kLetItGoBack);
  tally_.Print("gone back, one cut");
  for (const char* state : {"7 steady", "7 staged", "8 on trial", "7, gone back"}) {
    EXPECT_GT(tally_.states[state], 0) << state;
  }
}

TEST_F(ActivationCut, AlsoWhenTheMendingIsCutThreeTimes) {
  if (start_.empty()) return;
  ASSERT_NO_FATAL_FAILURE(LiveOnce(Plan::kLetItGoBack, kSeed, {}));
  const auto operations = operations_;
  tally_ = {};
  const unsigned lives = ManyMore() ? 400 : 40;
  for (unsigned seed = kSeed; seed < kSeed + lives; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    // Within one of the first so many: a boot has four of them, and as many when it
    // mends.
    const auto within = [&](std::size_t first) {
      const auto end = std::min(first, operations.size());
      const auto which = Below(random, static_cast<std::uint32_t>(end));
      std::uint32_t granule = 1 + Below(random, operations[which].granules);
      for (std::uint32_t i = 0; i < which; ++i) granule += operations[i].granules;
      return granule;
    };
    const Plan plan = random() % 3 == 0 ? Plan::kLetItGoBack : Plan::kKeep;
    // The first anywhere, the others mostly within what a boot mends.
    LiveOnce(plan, seed,
             {within(SIZE_MAX), within(8), within(8),
              within(random() % 2 == 0 ? 4 : SIZE_MAX)});
    if (HasFailure()) break;
  }
  tally_.Print("four cuts");
  EXPECT_EQ(tally_.erasures + tally_.programmings, static_cast<int>(4 * lives));
}

}  // namespace
}  // namespace torpor::firmware::qemu
