// A machine for tests: files of a kernel in a folder, two clocks and a real-time clock
// that only it moves, and a script of what goes wrong. To be suspended takes it no time.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/linux/machine.h"
#include "core/test_folder.h"
#include "power/suspend_bounds.h"

namespace torpor::agent {

class FakeMachine final : public Machine {
 public:
  explicit FakeMachine(Instant& now) : now_(now), files_(*this, folder_.path()) {
    Put("sys/power/state", "freeze mem disk");
    Put("sys/power/mem_sleep", "s2idle [deep]");
    Put("sys/power/wakeup_count", "41");
    for (const char* count : {"success", "fail"}) {
      Put(std::string("sys/power/suspend_stats/") + count, "0");
    }
    Put("sys/power/suspend_stats/last_failed_dev", "");
    Put("sys/power/suspend_stats/last_failed_step", "");
    Put("proc/self/status", "Name:\ttorpord\nCapEff:\t0000000000000000\n");
    Put("sys/class/rtc/rtc0/wakealarm", "");
    Put("sys/class/rtc/rtc0/device/power/wakeup", "enabled");
    std::filesystem::create_directories(folder_ / "sys/class/rtc/rtc0/device/wakeup" /
                                        "wakeup0");
    for (const auto& [id, name] : {std::pair{"wakeup0", "c2a0000.rtc"},
                                   {"wakeup1", "usb1"},
                                   {"wakeup2", "wlan0"}}) {
      const std::string at = std::string("sys/class/wakeup/") + id + "/";
      Put(at + "name", name);
      Put(at + "active_time_ms", "0");
      for (const char* count : kCounts) Put(at + count, "5");
    }
    Tick();
  }

  // What happens in one suspend; the next one takes the next.
  struct Night {
    std::optional<Microseconds> woken_after{};  // before the alarm, by somebody
    std::string by{};                           // "wakeup1"; empty: nobody counts it
    int error = 0;                              // of the write, after `woken_after`
    std::string failed_device{};
    bool pretended = false;  // nothing happens, and the write says that it did
    bool counted = true;     // the kernel counts the success
  };
  std::deque<Night> nights;
  std::function<void(Night&)> on_suspend;  // may change what is about to happen
  std::function<void(Microseconds)>
      on_early;                    // woken by somebody, so long before the alarm
  std::deque<int> handshakes;      // errno of each write of the count; then none
  bool keeps_alarm = true;         // the real-time clock, and not only takes it
  Microseconds answers_after{};    // a read of the count
  int keeps_awake = 0;             // so many reads of the count are not answered
  Microseconds resume{200'000};    // from waking to running
  bool boot_clock_stands = false;  // in suspend
  bool clock_runs = false;         // CLOCK_MONOTONIC, in suspend
  bool alarm_timer = false;        // may be made
  std::optional<int> stop_after;   // so many idles somebody asks to stop

  int suspends = 0;               // writes of state that were taken
  std::vector<Instant> asked_at;  // writes of state
  std::vector<Instant> idled;     // deadlines of idle sleeps that took time
  std::optional<Instant> alarm_timer_at, last_alarm_timer;

  [[nodiscard]] KernelFiles& files() override { return files_; }
  [[nodiscard]] Instant Now() override { return now_; }
  [[nodiscard]] Microseconds Running() override {
    return now_.time_since_epoch() - stood_still_;
  }
  World::Sleep Idle(Instant deadline) override {
    if (stop_after && (*stop_after)-- <= 0) return {Woke::kStop, 0};
    if (deadline > now_) {
      idled.push_back(deadline);
      Advance(deadline - now_, false);
    }
    return {Woke::kDeadline, 0};
  }
  bool SetAlarmTimer(std::optional<Instant> at) override {
    if (at && alarm_timer) last_alarm_timer = at;
    alarm_timer_at = alarm_timer ? at : std::nullopt;
    return alarm_timer;
  }

  // Puts the real-time clock so much before the boot clock, and so far into a second.
  void SetClock(std::int64_t offset, Microseconds phase) {
    clock_offset_ = offset;
    clock_phase_ = phase;
    Tick();
  }
  void Put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((folder_ / path).parent_path());
    folder_.Write(path, text + "\n");
  }
  void Remove(const std::string& path) {
    std::filesystem::remove_all(folder_ / path);
    gone_.push_back(path);
  }
  [[nodiscard]] std::string Get(const std::string& path) const {
    return files_.tree().Read(path).value_or("");
  }
  void Add(const std::string& path, int more) {
    if (!std::filesystem::exists(folder_ / path)) return;
    Put(path, std::to_string(std::stoll(Get(path)) + more));
  }
  void MakeUnwritable(const std::string& path, int error) { unwritable_[path] = error; }
  // Of the real-time clock, in whole seconds.
  [[nodiscard]] std::int64_t ClockSeconds() const {
    const Microseconds since = now_.time_since_epoch() + not_counted_ + clock_phase_;
    return clock_offset_ +
           std::chrono::duration_cast<std::chrono::seconds>(since).count();
  }
  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

 private:
  static constexpr std::array kCounts = {"wakeup_count", "event_count", "active_count"};
  static constexpr const char* kAlarm = "sys/class/rtc/rtc0/wakealarm";

  class Files final : public KernelFiles {
   public:
    Files(FakeMachine& machine, const std::filesystem::path& root)
        : KernelFiles(root), machine_(machine) {}
    int Write(std::string_view path, std::string_view text) override {
      if (const int error = WhyNotWritable(path); error != 0) return error;
      return machine_.Take(std::string(path), std::string(text));
    }
    [[nodiscard]] int WhyNotWritable(std::string_view path) const override {
      const auto set = machine_.unwritable_.find(std::string(path));
      if (set != machine_.unwritable_.end()) return set->second;
      return std::filesystem::exists(machine_.root() / path) ? 0 : ENOENT;
    }
    std::optional<std::string> ReadPatiently(std::string_view path,
                                             Microseconds patience) override {
      if (machine_.keeps_awake > 0) {
        --machine_.keeps_awake;
        machine_.Advance(patience, false);
        return std::nullopt;
      }
      machine_.Advance(machine_.answers_after, false);
      return tree().Read(path);
    }

   private:
    FakeMachine& machine_;
  };

  int Take(const std::string& path, const std::string& text) {
    if (path == kAlarm) return TakeAlarm(text);
    if (path == "sys/power/wakeup_count") {
      if (handshakes.empty()) return 0;
      const int error = handshakes.front();
      handshakes.pop_front();
      return error;
    }
    return path == "sys/power/state" ? Sleep() : EACCES;
  }

  // As rtc/sysfs.c does it.
  int TakeAlarm(const std::string& text) {
    if (text == "0") {
      Put(kAlarm, "");
      return 0;
    }
    if (!Get(kAlarm).empty()) return EBUSY;
    Put(kAlarm, keeps_alarm && std::stoll(text) > ClockSeconds() ? text : "");
    return 0;
  }

  int Sleep() {
    asked_at.push_back(now_);
    Night night;
    if (!nights.empty()) {
      night = nights.front();
      nights.pop_front();
    }
    if (night.error != 0) {
      Advance(night.woken_after.value_or(Microseconds{0}), false);
      Add("sys/power/suspend_stats/fail", 1);
      Put("sys/power/suspend_stats/last_failed_dev", night.failed_device);
      return night.error;
    }
    if (night.pretended) return 0;
    ++suspends;
    if (on_suspend) on_suspend(night);
    const std::optional<Microseconds> alarm = UntilAlarm();
    const bool early = night.woken_after && (!alarm || *night.woken_after < *alarm);
    // Without an alarm nobody would wake it: a day.
    Advance(early ? *night.woken_after : alarm.value_or(std::chrono::hours(24)), true);
    if (early && on_early) on_early(alarm.value_or(resume) - *night.woken_after);
    const std::string by = early ? night.by : "wakeup0";
    if (!early) Put(kAlarm, "");  // it has rung
    if (!by.empty()) {
      for (const char* count : kCounts) Add("sys/class/wakeup/" + by + "/" + count, 1);
    }
    if (night.counted) Add("sys/power/suspend_stats/success", 1);
    Advance(resume, false);
    return 0;
  }

  [[nodiscard]] std::optional<Microseconds> UntilAlarm() const {
    std::optional<Microseconds> until;
    const std::string set = std::filesystem::exists(root() / kAlarm) ? Get(kAlarm) : "";
    if (!set.empty()) {
      const Microseconds into = (now_.time_since_epoch() + not_counted_ + clock_phase_) %
                                std::chrono::seconds(1);
      until = std::chrono::seconds(std::stoll(set) - ClockSeconds()) - into;
    }
    if (alarm_timer_at) {
      const Microseconds timer = *alarm_timer_at - now_ + power::kAlarmResolution;
      until = until ? std::min(*until, timer) : timer;
    }
    return until;
  }

  void Advance(Microseconds by, bool suspended) {
    if (suspended && boot_clock_stands) {
      not_counted_ += by;
    } else {
      now_ += by;
      if (suspended && !clock_runs) stood_still_ += by;
    }
    Tick();
  }
  void Tick() {
    for (const std::string& gone : gone_) {
      if (std::string("sys/class/rtc/rtc0/since_epoch").starts_with(gone)) return;
    }
    Put("sys/class/rtc/rtc0/since_epoch", std::to_string(ClockSeconds()));
  }

  Instant& now_;
  TestFolder folder_{TestFolder::InMemory()};
  Files files_;
  std::vector<std::string> gone_;
  std::map<std::string, int> unwritable_;
  Microseconds stood_still_{}, not_counted_{};
  std::int64_t clock_offset_ = 1'795'392'000;  // real-time clock minus boot clock
  Microseconds clock_phase_{300'000};          // since its last tick, at a whole second
};

}  // namespace torpor::agent
