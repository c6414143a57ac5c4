#include "power/device_holders.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "power/kernel_text.h"

namespace torpor::power {
namespace {

// Integrated GPUs: nvhost-* and nvmap (JetPack 5), nvgpu/* (since 6). Others: nvidia*.
constexpr std::array<std::string_view, 4> kDevices = {"/dev/nvgpu", "/dev/nvhost",
                                                      "/dev/nvidia", "/dev/nvmap"};

bool IsOfAGpu(std::string_view device) {
  return std::ranges::any_of(
      kDevices, [device](std::string_view start) { return device.starts_with(start); });
}

std::vector<int> Processes(const SysTree& tree) {
  std::vector<int> pids;
  for (const std::string& name : tree.List("proc")) {
    const auto pid = CountOf(name);
    if (pid && *pid > 0 && *pid < (1U << 30U)) pids.push_back(static_cast<int>(*pid));
  }
  std::ranges::sort(pids);
  return pids;
}

}  // namespace

Holders FindHolders(const SysTree& tree) {
  Holders holders;
  std::vector<int> pids = Processes(tree);
  if (pids.size() > kMostProcesses) {
    // The newest are looked at: those of the kernel, which hold nothing, came first.
    pids.erase(pids.begin(), pids.end() - static_cast<std::ptrdiff_t>(kMostProcesses));
    holders.cut = true;
  }
  std::size_t left = kMostDescriptors;
  for (const int pid : pids) {
    const std::string process = "proc/" + std::to_string(pid);
    const std::vector<std::string> descriptors = tree.List(process + "/fd");
    // A thread of the kernel has none, and no command line either.
    if (descriptors.empty() && !tree.Read(process + "/cmdline").value_or("").empty()) {
      ++holders.closed;
    }
    Holder holder;
    holder.pid = pid;
    for (const std::string& descriptor : descriptors) {
      if (left == 0) {
        holders.cut = true;
        break;
      }
      --left;
      const auto device = tree.Link(process + "/fd/" + descriptor);
      if (!device || !IsOfAGpu(*device)) continue;
      if (holder.count++ == 0) holder.device = NameOf(*device);
    }
    if (holder.count == 0) continue;
    holder.comm = NameOf(tree.Read(process + "/comm").value_or("?"));
    holders.found.push_back(std::move(holder));
  }
  std::ranges::stable_sort(holders.found, std::ranges::greater{}, &Holder::count);
  return holders;
}

}  // namespace torpor::power
