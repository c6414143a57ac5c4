// A disk whose power can be cut, for tests: it works on a real folder, remembers what was
// synced, and tells every state in which the folder may be found afterwards.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "contract/sign/durable.h"

namespace torpor::contract::sign {

// What a folder holds: names, and the bytes behind each.
using FolderState = std::map<std::string, std::string>;

inline FolderState StateOf(const std::filesystem::path& folder) {
  FolderState state;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    state[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return state;
}

// Makes the folder hold this and nothing else.
inline void PutState(const FolderState& state, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : state) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
}

struct PowerCut {};  // thrown by the call at which the power went

// What was not synced may be there, be missing, be there in part or be zeros, each file
// by itself; so may each change of a name, in any selection. A rename itself is one step.
// Signals interrupt every other call, and a write takes 100 bytes at most.
class CutDisk final : public Disk {
 public:
  // The power goes before call number `cut`, counted from 1; 0: it stays. With `error`
  // that call fails instead, and the others do not.
  explicit CutDisk(const std::filesystem::path& folder, int cut = 0, int error = 0)
      : cut_(cut), error_(error) {
    for (const auto& [name, bytes] : StateOf(folder)) {
      names_[name] = std::make_shared<Node>(Node{bytes, bytes});
    }
  }

  [[nodiscard]] int calls() const { return calls_; }
  [[nodiscard]] const std::string& failed() const { return failed_; }
  void Restart() { cut_ = 0; }  // the process, with the power on: nothing is lost

  int Open(const std::string& path, int flags, mode_t mode) override {
    if (Fails("open", true)) return -1;
    const int fd = Disk::Open(path, flags, mode);
    if (fd < 0 || (flags & O_DIRECTORY) != 0) return fd;
    const std::string name = NameOf(path);
    FolderNames now = Now();
    if (!now.contains(name)) {
      now[name] = std::make_shared<Node>();
      pending_.push_back({{name, now[name]}});
    }
    if ((flags & O_TRUNC) != 0) now[name]->now.clear();
    open_[fd] = now[name];
    return fd;
  }
  ssize_t Write(int fd, std::span<const std::byte> bytes) override {
    if (Fails("write", true)) return -1;
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), 100));
    const ssize_t n = Disk::Write(fd, bytes);
    open_.at(fd)->now.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return n;
  }
  int Sync(int fd) override {
    if (Fails("sync", true)) return -1;
    if (open_.contains(fd)) {
      open_[fd]->synced = open_[fd]->now;
    } else {
      names_ = Now();
      pending_.clear();
    }
    return 0;
  }
  int Close(int fd) override {  // loses nothing and is no place to be cut
    open_.erase(fd);
    return Disk::Close(fd);
  }
  int Rename(const std::string& from, const std::string& to) override {
    if (Fails("rename", false)) return -1;
    pending_.push_back({{NameOf(from), nullptr}, {NameOf(to), Now().at(NameOf(from))}});
    return Disk::Rename(from, to);
  }
  int Remove(const std::string& path) override {
    if (Fails("remove", false)) return -1;
    if (Now().contains(NameOf(path))) pending_.push_back({{NameOf(path), nullptr}});
    return Disk::Remove(path);
  }

  // Every state in which the folder may be found when the power goes now.
  [[nodiscard]] std::set<FolderState> AfterPowerCut() const {
    std::set<FolderState> states;
    for (unsigned chosen = 0; chosen < 1U << pending_.size(); ++chosen) {
      FolderNames names = names_;
      for (std::size_t i = 0; i < pending_.size(); ++i) {
        if ((chosen >> i & 1U) != 0) Apply(pending_[i], names);
      }
      AddContents(names, states);
    }
    return states;
  }

 private:
  struct Node {
    std::string synced, now;
  };
  using FolderNames = std::map<std::string, std::shared_ptr<Node>>;  // null: removed

  static void Apply(const FolderNames& change, FolderNames& names) {
    for (const auto& [name, node] : change) {
      if (node != nullptr) {
        names[name] = node;
      } else {
        names.erase(name);
      }
    }
  }
  static void AddContents(const FolderNames& names, std::set<FolderState>& states) {
    std::set<FolderState> all{{}};
    for (const auto& [name, node] : names) {
      const std::string& now = node->now;
      std::set<std::string> contents{node->synced};
      if (now != node->synced) {
        contents.insert({now, now.substr(0, now.size() / 2), std::string(now.size(), 0)});
      }
      std::set<FolderState> with;
      for (const std::string& content : contents) {
        for (FolderState state : all) {
          state[name] = content;
          with.insert(std::move(state));
        }
      }
      all = std::move(with);
    }
    states.merge(all);
  }
  [[nodiscard]] FolderNames Now() const {
    FolderNames names = names_;
    for (const FolderNames& change : pending_) Apply(change, names);
    return names;
  }
  static std::string NameOf(const std::string& path) {
    return std::filesystem::path(path).filename().string();
  }
  bool Fails(const char* what, bool interruptible) {
    ++calls_;
    if (calls_ == cut_ && error_ == 0) throw PowerCut{};
    interrupted_ = interruptible && !interrupted_;
    if (calls_ == cut_) {
      failed_ = what;
      errno = error_;
      return true;
    }
    if (interrupted_) errno = EINTR;
    return interrupted_;
  }

  int cut_, error_, calls_ = 0;
  std::string failed_;
  bool interrupted_ = false;
  FolderNames names_;                 // as they are on the disk
  std::vector<FolderNames> pending_;  // changes of names since, in their order
  std::map<int, std::shared_ptr<Node>> open_;
};

}  // namespace torpor::contract::sign
