#include "simulate/broker.h"

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>

#include "core/test_folder.h"
#include "simulate/broker_client.h"

namespace torpor::simulate {
namespace {

constexpr std::size_t kPacket = 512;

[[noreturn]] void Echo(const std::string& path) {
  auto client = BrokerClient::Connect(path, Role::kFirmware);
  if (!client.ok()) std::_Exit(1);
  std::array<std::byte, kPacket> packet{};
  while (client->WaitUntil(Instant::max(), WakeOnBytes::kYes) == Wake::kBytes) {
    while (client->Read(packet) > 0) {
    }
    (void)client->Write(packet);
  }
  std::_Exit(0);
}

// One packet there and one back between two processes. A hand-over of 96 kB is about 190
// packets with their answers, so 2000 cycles are 380 000 of these.
void PingPong(benchmark::State& state) {
  const TestFolder folder;
  BrokerOptions options;
  options.path = (folder / "time").string();
  options.link_baud = 921'600;
  auto broker = Broker::Listen(options);
  const pid_t child = fork();
  if (child == 0) Echo(options.path);
  std::thread carry([&] { (*broker)->Run(Instant::max()); });
  {
    auto client = BrokerClient::Connect(options.path, Role::kComputer);
    std::array<std::byte, kPacket> packet{};
    for (auto _ : state) {
      (void)client->Write(packet);
      if (client->WaitUntil(Instant::max(), WakeOnBytes::kYes) != Wake::kBytes) {
        state.SkipWithError("no answer");
        break;
      }
      while (client->Read(packet) > 0) {
      }
    }
  }
  (*broker)->Stop();
  carry.join();
  waitpid(child, nullptr, 0);
  (*broker).reset();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PingPong)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::simulate
