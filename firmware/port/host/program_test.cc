// torpor-firmware as a process: on a socket, on a pty and under the time broker.
#include "firmware/core/record.h"
#include "firmware/port/host/flash_file.h"
#include "firmware/port/host/program_under_test.h"

namespace torpor::firmware::host {
namespace {

void AgreeFetchAndIdle(const std::function<ComputerEvent()>& greet,
                       const std::function<ComputerEvent()>& fetch,
                       const link::ComputerEnd& computer, pid_t pid) {
  ASSERT_EQ(greet(), ComputerEvent::kAgreed);
  EXPECT_LE(computer.next_ready_in(), Milliseconds(200));
  // The first window is complete by then, or a little later where the disk was slow to
  // take the agreement.
  std::this_thread::sleep_for(Milliseconds(250));
  ComputerEvent fetched = fetch();
  for (int i = 0; i < 40 && fetched == ComputerEvent::kNothingNew; ++i) {
    std::this_thread::sleep_for(Milliseconds(50));
    fetched = fetch();
  }
  ASSERT_EQ(fetched, ComputerEvent::kBatch);
  EXPECT_EQ(computer.batch().size(), 10'240U);
  EXPECT_EQ(computer.header().sequence, 1U);
  EXPECT_GE(computer.age(RealNow()), Milliseconds(100));
  ASSERT_EQ(fetch(), ComputerEvent::kNothingNew);
  // Nothing to do until the next window, so nothing is done.
  std::this_thread::sleep_for(Milliseconds(50));
  const long before = Switches(pid);
  ASSERT_GT(before, 0);
  std::this_thread::sleep_for(Milliseconds(1500));
  EXPECT_EQ(Switches(pid), before);
}

TEST_F(Program, AgreesAndHandsOverOnASocketAndDoesNotWakeBetween) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0) << Log();
  AgreeFetchAndIdle([&] { return Greet(fd); }, [&] { return Fetch(fd); }, *computer,
                    firmware.pid());
  ::close(fd);
}

TEST_F(Program, AgreesAndHandsOverOnAPtyAndCleansUpWhenAskedToEnd) {
  if (::access("/dev/pts/ptmx", F_OK) != 0) {
    std::cerr << "NOT RUN: this machine has no pseudo-terminals (/dev/pts)\n";
    return;
  }
  ASSERT_EQ(Provision(), 0) << Log();
  Process firmware(folder, Running("pty:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0) << Log();
  AgreeFetchAndIdle([&] { return Greet(fd); }, [&] { return Fetch(fd); }, *computer,
                    firmware.pid());
  ::close(fd);
  firmware.Ask(SIGTERM);
  EXPECT_EQ(firmware.Wait(), 0);
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "link"));
}

TEST_F(Program, ASecondClientOfTheSocketIsServedWhenTheFirstHasGone) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  for (int i = 0; i < 3; ++i) {
    const int fd = Connect(folder / "link");
    ASSERT_GE(fd, 0);
    ASSERT_EQ(Greet(fd), ComputerEvent::kAgreed);
    ::close(fd);
  }
}

TEST_F(Program, EachStartIsCountedAndTheFloorOutlivesIt) {
  ASSERT_EQ(Provision(), 0) << Log();
  for (std::uint32_t boot = 1; boot <= 3; ++boot) {
    const Process firmware(folder, Running("socket:" + (folder / "link").string()));
    const int fd = Connect(folder / "link");
    ASSERT_GE(fd, 0);
    ASSERT_EQ(Greet(fd), ComputerEvent::kAgreed);
    EXPECT_EQ(computer->firmware().boot_count, boot);
    ::close(fd);
  }
  contract::Terms older = GoodTerms();
  older.version.number -= 1;
  ASSERT_EQ(contract::sign::WriteNewFile(folder / "older", link::TestBundle(older)),
            Status::kOk);
  ASSERT_EQ(Provision("older"), 0);  // installing does not lower the floor
  auto options = Running("socket:" + (folder / "link").string());
  options.push_back("--exit-on-refusal");
  Process firmware(folder, options);
  EXPECT_EQ(firmware.Wait(), 77);
  EXPECT_NE(Log().find(R"("name":"rolled-back")"), std::string::npos) << Log();
}

// What cannot be kept is not lost in silence; a new flash has nothing to lose.
TEST_F(Program, SaysThatTheFloorBeginsAnewWhenTheRecordCannotBeRead) {
  ASSERT_EQ(Provision(), 0);
  ASSERT_EQ(Provision(), 0);
  EXPECT_EQ(Log().find("begin anew"), std::string::npos) << "neither new nor kept";
  {
    std::fstream flash(folder / "flash", std::ios::in | std::ios::out | std::ios::binary);
    for (std::uint32_t sector = 1; sector <= kRecordSectors; ++sector) {
      flash.seekp(std::streamoff{sector} * host::kSectorBytes);
      flash << "damaged";
    }
  }
  ASSERT_EQ(Provision(), 0);
  EXPECT_NE(Log().find("version floor begin anew"), std::string::npos) << Log();
}

TEST_F(Program, ARefusalStaysAndAnswersUnlessToldToExit) {
  ASSERT_EQ(Provision("bundle", "r-18"), 0);
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0);
  ASSERT_EQ(Greet(fd), ComputerEvent::kRefused);
  EXPECT_EQ(computer->refusal().status(), Status::kPeerRefused);
  EXPECT_EQ(computer->refusal().theirs.view(), "not-for-this-robot");
  std::this_thread::sleep_for(Milliseconds(100));  // the greeting's last turn
  const long before = Switches(firmware.pid());
  std::this_thread::sleep_for(Milliseconds(500));
  EXPECT_EQ(Switches(firmware.pid()), before);
  ::close(fd);
}

TEST_F(Program, BadInputsEndWithOneLineAndTheirExitCode) {
  const std::string link = "socket:" + (folder / "link").string();
  const auto run = [&](std::vector<std::string> options) {
    return Process(folder, std::move(options)).Wait();
  };
  EXPECT_EQ(run(Running(link)), 66) << "no flash";
  std::ofstream(folder / "empty");
  EXPECT_EQ(Provision("empty"), 65);
  std::ofstream(folder / "rubbish") << "this is no bundle";
  EXPECT_EQ(Provision("rubbish"), 65);
  EXPECT_EQ(Provision("nowhere"), 66);
  EXPECT_EQ(Provision("bundle", "a-name-of-more-than-thirty-one-characters"), 78);
  ASSERT_EQ(Provision(), 0) << Log();
  EXPECT_EQ(run({"--link", link}), 64) << "no sensor";
  EXPECT_EQ(run(Running("carrier-pigeon")), 64);
  EXPECT_EQ(run(Running("broker:" + (folder / "nobody").string())), 66);
  EXPECT_EQ(run({"--no-such-option"}), 64);
  EXPECT_EQ(run({"--help"}), 0);
  std::ofstream(folder / "file") << "mine";
  EXPECT_EQ(run(Running("pty:" + (folder / "file").string())), 64);
  EXPECT_TRUE(std::filesystem::is_regular_file(folder / "file"));

  ASSERT_EQ(::chmod((folder / "flash").c_str(), 0644), 0);
  EXPECT_EQ(run(Running(link)), 77) << "the pairing key is exposed";
  ASSERT_EQ(::chmod((folder / "flash").c_str(), 0600), 0);
  std::filesystem::resize_file(folder / "flash", 1000);
  EXPECT_EQ(run(Running(link)), 74) << "a truncated flash";
}

TEST_F(Program, AFlashIsUsedByOneFirmwareAtATime) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0);
  Process second(folder, Running("socket:" + (folder / "other").string()));
  EXPECT_EQ(second.Wait(), 74);
  ::close(fd);
}

TEST_F(Program, ARecordingThatIsNotThereIsRefusedAtBoot) {
  ASSERT_EQ(Provision(), 0) << Log();
  std::ofstream(folder / "manifest.json") << R"({"recordings": [{"id": "fan",
      "file": "fan.wav", "sample_rate_hz": 25600, "unit": "g",
      "channels": [{"name": "x", "full_scale": 1}]}]})";
  const std::string link = "socket:" + (folder / "link").string();
  Process firmware(folder, {"--link", link, "--data", folder.string(), "--recording",
                            "pump", "--exit-on-refusal"});
  EXPECT_EQ(firmware.Wait(), 66) << Log();
  EXPECT_NE(Log().find(R"("name":"recording-missing")"), std::string::npos) << Log();
}

// An hour of virtual time, the firmware as a process and the computer's end in this one.
TEST_F(Program, AnHourUnderTheBrokerHasABatchEveryPeriod) {
  ASSERT_EQ(Provision(), 0) << Log();
  simulate::BrokerOptions options;
  options.path = folder / "broker";
  options.link_baud = GoodTerms().link_baud;
  auto broker = simulate::Broker::Listen(options);
  ASSERT_TRUE(broker.ok());
  std::thread night([&] { (*broker)->Run(Instant(std::chrono::hours(2))); });
  {
    auto life = Running("broker:" + options.path);
    life.insert(life.end(), {"--hours", "1"});
    Process firmware(folder, life);
    auto client =
        simulate::BrokerClient::Connect(options.path, simulate::Role::kComputer);
    EXPECT_TRUE(client.ok());
    const auto serve = [&]() -> ComputerEvent {
      for (;;) {
        std::array<std::byte, 8192> bytes{};
        if (const std::size_t out = computer->TakeOutput(bytes); out > 0) {
          client->Write(std::span(bytes).first(out));
        }
        const auto event = computer->TakeEvent();
        if (event != ComputerEvent::kNone) return event;
        const auto wake =
            client->WaitUntil(*computer->deadline(), simulate::WakeOnBytes::kYes);
        if (wake == simulate::Wake::kStopped) return ComputerEvent::kNone;
        while (const std::size_t got = client->Read(bytes)) {
          std::span<const std::byte> in = std::span(bytes).first(got);
          computer->OnBytes(in, client->Now());
        }
        computer->OnTime(client->Now());
      }
    };
    computer->Greet(client->Now(), link::TestNonce(1));
    EXPECT_EQ(serve(), ComputerEvent::kAgreed);
    int cycles = 0;
    Microseconds oldest{};
    std::uint64_t newest = 0;
    bool ended = false;
    while (!ended && !::testing::Test::HasFailure()) {
      const Instant ready = client->Now() + computer->next_ready_in();
      if (client->WaitUntil(ready, simulate::WakeOnBytes::kNo) ==
          simulate::Wake::kStopped) {
        break;
      }
      computer->Fetch(client->Now());
      switch (serve()) {
        case ComputerEvent::kBatch:
          ++cycles;
          EXPECT_EQ(computer->header().dropped, 0U);
          EXPECT_EQ(computer->header().sequence, ++newest);
          oldest = std::max(oldest, computer->age(client->Now()));
          break;
        case ComputerEvent::kNothingNew:
          ended = computer->ended();
          break;
        default:
          ADD_FAILURE() << static_cast<int>(computer->failure());
      }
    }
    EXPECT_TRUE(ended);
    EXPECT_EQ(cycles, 360);
    // The guard, and what the batch takes on the wire at 921600 baud.
    EXPECT_LT(oldest, Milliseconds(100 + 140));
    (*broker)->Stop();
    night.join();
    EXPECT_EQ(firmware.Wait(), 0);
  }
}

}  // namespace
}  // namespace torpor::firmware::host
