#include "simulate/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/bytes.h"
#include "core/test_folder.h"
#include "simulate/broker_client.h"

namespace torpor::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Why = BrokerOutcome::Why;

Instant At(Microseconds since_boot) { return Instant(since_boot); }

class BrokerTest : public ::testing::Test {
 protected:
  BrokerTest() {
    options_.path = (folder_ / "time").string();
    options_.link_baud = 1'000'000;  // a byte is 10 us
    options_.patience = seconds(20);
  }

  std::unique_ptr<Broker> Open() {
    auto broker = Broker::Listen(options_);
    EXPECT_TRUE(broker.ok());
    return std::move(*broker);
  }

  BrokerClient Join(Role role) const {
    auto client = BrokerClient::Connect(options_.path, role);
    EXPECT_TRUE(client.ok()) << static_cast<int>(client.status());
    return std::move(*client);
  }

  // Runs both sides as threads until both have returned.
  BrokerOutcome RunBoth(const std::function<void(BrokerClient&)>& firmware,
                        const std::function<void(BrokerClient&)>& computer,
                        Instant until = At(seconds(3'600))) {
    auto broker = Open();
    std::thread first([&] {
      BrokerClient client = Join(Role::kFirmware);
      firmware(client);
    });
    std::thread second([&] {
      BrokerClient client = Join(Role::kComputer);
      computer(client);
    });
    const BrokerOutcome outcome = broker->Run(until);
    first.join();
    second.join();
    return outcome;
  }

  TestFolder folder_;
  BrokerOptions options_;
};

void SleepOn(BrokerClient& client) {
  while (client.WaitUntil(Instant::max(), WakeOnBytes::kNo) != Wake::kStopped) {
  }
}

std::string ReadAll(BrokerClient& client) {
  std::string text(100'000, '\0');
  text.resize(client.Read(std::as_writable_bytes(std::span(text))));
  return text;
}

TEST_F(BrokerTest, TimeMovesOnlyWhenBothSidesWait) {
  const auto outcome = RunBoth(
      [](BrokerClient& firmware) {
        EXPECT_EQ(firmware.WaitUntil(At(seconds(5)), WakeOnBytes::kNo), Wake::kDeadline);
        EXPECT_EQ(firmware.Now(), At(seconds(5)));
        std::this_thread::sleep_for(milliseconds(50));  // computing takes no virtual time
        EXPECT_EQ(firmware.Now(), At(seconds(5)));
      },
      [](BrokerClient& computer) {
        for (int i = 1; i <= 60; ++i) {
          EXPECT_EQ(computer.WaitUntil(At(seconds(i)), WakeOnBytes::kYes),
                    Wake::kDeadline);
          EXPECT_EQ(computer.Now(), At(seconds(i)));
        }
      });
  EXPECT_EQ(outcome.why, Why::kBothGone);
  EXPECT_EQ(outcome.at, At(seconds(60)));
}

TEST_F(BrokerTest, WhoWakesIsToldOfWhileItStillWaits) {
  std::vector<Instant> told;
  std::atomic<int> awake = 0;
  options_.before_wake = [&](Role role, Instant now) {
    if (role != Role::kComputer) return;
    std::this_thread::sleep_for(milliseconds(5));  // in which nobody goes on
    EXPECT_EQ(awake, 0);
    told.push_back(now);
  };
  RunBoth(
      [](BrokerClient& firmware) {
        EXPECT_EQ(firmware.WaitUntil(At(seconds(1)), WakeOnBytes::kNo), Wake::kDeadline);
        firmware.Write(AsBytes("ready"));
      },
      [&](BrokerClient& computer) {
        const auto wait = [&](Instant deadline) {
          awake = 0;
          const Wake why = computer.WaitUntil(deadline, WakeOnBytes::kYes);
          awake = 1;
          return why;
        };
        EXPECT_EQ(wait(At(seconds(9))), Wake::kBytes);
        EXPECT_EQ(ReadAll(computer), "ready");
        EXPECT_EQ(wait(At(seconds(9))), Wake::kDeadline);
      });
  EXPECT_EQ(told, (std::vector{At(Microseconds(1'000'050)), At(seconds(9))}));
}

TEST_F(BrokerTest, BytesArriveAsOneChunkWhenTheLastHasCrossed) {
  RunBoth(
      [](BrokerClient& firmware) {
        ASSERT_EQ(firmware.WaitUntil(At(seconds(9)), WakeOnBytes::kYes), Wake::kBytes);
        EXPECT_EQ(firmware.Now(), At(Microseconds(1'000'050)));
        EXPECT_EQ(ReadAll(firmware), "FETCH");
        EXPECT_EQ(firmware.Write(AsBytes("a batch")), 7U);
        EXPECT_EQ(firmware.Write(AsBytes("!")), 1U);
      },  // leaving hands over what was written
      [](BrokerClient& computer) {
        ASSERT_EQ(computer.WaitUntil(At(seconds(1)), WakeOnBytes::kYes), Wake::kDeadline);
        EXPECT_EQ(computer.Write(AsBytes("FETCH")), 5U);
        ASSERT_EQ(computer.WaitUntil(At(seconds(9)), WakeOnBytes::kYes), Wake::kBytes);
        EXPECT_EQ(computer.Now(), At(Microseconds(1'000'120)));
        EXPECT_EQ(ReadAll(computer), "a batch");
        ASSERT_EQ(computer.WaitUntil(At(seconds(9)), WakeOnBytes::kYes), Wake::kBytes);
        EXPECT_EQ(computer.Now(), At(Microseconds(1'000'130)));
        EXPECT_EQ(ReadAll(computer), "!");
      });
}

TEST_F(BrokerTest, WhoDoesNotWakeOnBytesFindsThemAllLater) {
  const std::string batch(96'000, 'x');
  RunBoth(
      [&](BrokerClient& firmware) {
        EXPECT_EQ(firmware.Write(AsBytes(batch)), batch.size());
        SleepOn(firmware);
      },
      [&](BrokerClient& computer) {
        EXPECT_EQ(computer.WaitUntil(At(seconds(2)), WakeOnBytes::kNo), Wake::kDeadline);
        EXPECT_EQ(ReadAll(computer), batch);
      },
      At(seconds(3)));
}

TEST_F(BrokerTest, ACutLinkLosesWhatIsOnItAndTimeGoesOn) {
  options_.outages = {{.from = At(seconds(1)), .to = At(seconds(3))}};
  const auto outcome = RunBoth(
      SleepOn,
      [](BrokerClient& computer) {
        for (const int at : {0, 2, 4}) {
          EXPECT_EQ(computer.WaitUntil(At(seconds(at)), WakeOnBytes::kYes),
                    Wake::kDeadline);
          EXPECT_TRUE(computer.DevicePresent()) << "a loose wire is silent";
          EXPECT_EQ(computer.Write(AsBytes("hello")), 5U);
        }
        EXPECT_EQ(computer.WaitUntil(At(seconds(5)), WakeOnBytes::kYes), Wake::kDeadline);
      },
      At(seconds(6)));
  EXPECT_EQ(outcome.bytes_sent, 15U);
  EXPECT_EQ(outcome.bytes_lost, 5U);
}

TEST_F(BrokerTest, AVanishedDeviceWakesTheComputerOnceAndTakesNoBytes) {
  options_.outages = {{.from = At(seconds(1)),
                       .to = At(seconds(3)),
                       .seen = Outage::Seen::kAsDeviceGone}};
  RunBoth(
      [](BrokerClient& firmware) {
        EXPECT_EQ(firmware.WaitUntil(At(seconds(2)), WakeOnBytes::kYes), Wake::kDeadline);
        EXPECT_TRUE(firmware.DevicePresent()) << "a UART notices nothing";
        SleepOn(firmware);
      },
      [](BrokerClient& computer) {
        EXPECT_EQ(computer.WaitUntil(At(seconds(9)), WakeOnBytes::kYes),
                  Wake::kDeviceGone);
        EXPECT_EQ(computer.Now(), At(seconds(1)));
        EXPECT_FALSE(computer.DevicePresent());
        EXPECT_EQ(computer.Write(AsBytes("hello")), 0U);
        EXPECT_EQ(computer.WaitUntil(At(seconds(3)), WakeOnBytes::kYes), Wake::kDeadline);
        EXPECT_TRUE(computer.DevicePresent());
      },
      At(seconds(10)));
}

TEST_F(BrokerTest, TheWallClockStepsAndBootTimeDoesNot) {
  options_.wall_base_us = 1'700'000'000'000'000;
  options_.wall_steps = {{.at = At(seconds(2)), .by = std::chrono::hours(-3)}};
  RunBoth(
      SleepOn,
      [](BrokerClient& computer) {
        EXPECT_EQ(computer.WallMicroseconds(), 1'700'000'000'000'000);
        EXPECT_EQ(computer.WaitUntil(At(seconds(1)), WakeOnBytes::kNo), Wake::kDeadline);
        EXPECT_EQ(computer.WallMicroseconds(), 1'700'000'001'000'000);
        EXPECT_EQ(computer.WaitUntil(At(seconds(2)), WakeOnBytes::kNo), Wake::kDeadline);
        EXPECT_EQ(computer.WallMicroseconds(), 1'700'000'002'000'000 - 10'800'000'000);
        EXPECT_EQ(computer.Now(), At(seconds(2)));
      },
      At(seconds(3)));
}

TEST_F(BrokerTest, AtTheEndTimeBothAreLetGo) {
  const auto outcome = RunBoth(SleepOn, SleepOn, At(seconds(7)));
  EXPECT_EQ(outcome.why, Why::kEndTime);
  EXPECT_EQ(outcome.at, At(seconds(7)));
}

TEST_F(BrokerTest, ARoleThatReturnsDoesSoAtTheSameVirtualTimeHoweverLongItTook) {
  options_.returns_after[static_cast<std::size_t>(Role::kComputer)] = seconds(10);
  std::vector<Instant> firmware_saw;
  RunBoth(
      [&](BrokerClient& firmware) {
        while (firmware.WaitUntil(At(seconds(60)), WakeOnBytes::kYes) == Wake::kBytes) {
          firmware_saw.push_back(firmware.Now());
          ReadAll(firmware);
        }
      },
      [&](BrokerClient& computer) {
        EXPECT_EQ(computer.WaitUntil(At(seconds(5)), WakeOnBytes::kNo), Wake::kDeadline);
        for (const int real : {0, 200}) {
          { const BrokerClient leaves(std::move(computer)); }
          std::this_thread::sleep_for(milliseconds(real));
          computer = Join(Role::kComputer);
          EXPECT_EQ(computer.Write(AsBytes("x")), 1U);
        }
        EXPECT_EQ(computer.Now(), At(seconds(25)));
        SleepOn(computer);
      },
      At(seconds(30)));
  EXPECT_THAT(firmware_saw, ::testing::ElementsAre(At(Microseconds(15'000'010)),
                                                   At(Microseconds(25'000'010))));
}

TEST_F(BrokerTest, WithoutAReturnTheOtherGoesOnAlone) {
  auto broker = Open();
  std::thread one_by_one([&] {
    { const BrokerClient leaves_at_once = Join(Role::kFirmware); }
    BrokerClient computer = Join(Role::kComputer);
    EXPECT_EQ(computer.WaitUntil(At(seconds(600)), WakeOnBytes::kYes), Wake::kDeadline);
  });
  const BrokerOutcome outcome = broker->Run(At(seconds(3'600)));
  one_by_one.join();
  EXPECT_EQ(outcome.why, Why::kBothGone);
  EXPECT_EQ(outcome.at, At(seconds(600)));
}

TEST_F(BrokerTest, AHangIsNamedAfterThePatience) {
  options_.patience = milliseconds(100);
  std::atomic<bool> over = false;
  auto broker = Open();
  std::thread sleeper([&] {
    BrokerClient firmware = Join(Role::kFirmware);
    SleepOn(firmware);
  });
  std::thread hanger([&] {
    const BrokerClient computer = Join(Role::kComputer);
    while (!over) std::this_thread::sleep_for(milliseconds(1));
  });
  const BrokerOutcome outcome = broker->Run(At(seconds(1)));
  over = true;
  sleeper.join();
  hanger.join();
  EXPECT_EQ(outcome.why, Why::kStalled);
  EXPECT_EQ(outcome.stalled, Role::kComputer);
}

TEST_F(BrokerTest, StopEndsARunThatWaitsForSomebody) {
  auto broker = Open();
  std::thread stopper([&] { broker->Stop(); });
  EXPECT_EQ(broker->Run(At(seconds(1))).why, Why::kStopped);
  stopper.join();
}

TEST_F(BrokerTest, ASecondOfTheSameRoleIsRefused) {
  RunBoth(
      SleepOn,
      [&](BrokerClient& computer) {
        EXPECT_EQ(BrokerClient::Connect(options_.path, Role::kComputer).status(),
                  Status::kUnexpectedMessage);
        EXPECT_EQ(computer.WaitUntil(At(seconds(1)), WakeOnBytes::kNo), Wake::kDeadline);
      },
      At(seconds(2)));
}

TEST_F(BrokerTest, AClientOutlivesItsBroker) {
  auto broker = Open();
  std::thread run([&] { broker->Run(At(seconds(1))); });
  BrokerClient computer = Join(Role::kComputer);
  broker->Stop();
  run.join();
  broker.reset();
  EXPECT_EQ(computer.WaitUntil(At(seconds(1)), WakeOnBytes::kYes), Wake::kStopped);
  EXPECT_EQ(computer.WaitUntil(At(seconds(2)), WakeOnBytes::kYes), Wake::kStopped);
  EXPECT_EQ(computer.Write(AsBytes("x")), 0U);
  EXPECT_EQ(BrokerClient::Connect(options_.path, Role::kComputer).status(),
            Status::kFileMissing);
}

TEST_F(BrokerTest, RefusesOptionsThatCannotHold) {
  const auto first = Broker::Listen(options_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Broker::Listen(options_).status(), Status::kFileExists);
  options_.path = (folder_ / "no/such/folder/time").string();
  EXPECT_EQ(Broker::Listen(options_).status(), Status::kIo);
  options_.path = std::string(200, 'x');
  EXPECT_EQ(Broker::Listen(options_).status(), Status::kIo);
  options_.outages = {{.from = At(seconds(2)), .to = At(seconds(1))}};
  EXPECT_EQ(Broker::Listen(options_).status(), Status::kOutOfRange);
  options_.outages.clear();
  options_.link_baud = 0;
  EXPECT_EQ(Broker::Listen(options_).status(), Status::kOutOfRange);
}

TEST_F(BrokerTest, RubbishFromAClientEndsOnlyThatClient) {
  RunBoth(
      SleepOn,
      [&](BrokerClient& computer) {
        for (const std::string& rubbish :
             {std::string("\x01"), std::string("\x01\x01\x07"),
              std::string("\x01\x09\x01"), std::string("\x02\x00\x00", 3),
              std::string(60'000, '\xFF')}) {
          const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
          sockaddr_un address{};
          address.sun_family = AF_UNIX;
          std::memcpy(address.sun_path, options_.path.c_str(), options_.path.size());
          ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
                    0);
          ASSERT_EQ(send(fd, rubbish.data(), rubbish.size(), 0),
                    static_cast<ssize_t>(rubbish.size()));
          char kind = 0;
          EXPECT_EQ(recv(fd, &kind, 1, 0), 1);
          EXPECT_EQ(kind, static_cast<char>(broker::Kind::kRefused));
          close(fd);
        }
        EXPECT_EQ(computer.WaitUntil(At(seconds(1)), WakeOnBytes::kNo), Wake::kDeadline);
      },
      At(seconds(2)));
}

}  // namespace
}  // namespace torpor::simulate
