// A disk in memory, for tests: SQLite writes to it, and at a chosen write the power goes.
// What was not synced by then is lost, kept or torn. It can also run full.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace torpor::telemetry {

// What became of writes that were not synced when the power went.
enum class Unsynced : std::uint8_t { kLost, kKept, kTorn };

// SQLite's default file system for as long as it lives; one at a time, one connection.
class PowerCutDisk {
 public:
  PowerCutDisk() {
    vfs_ = *sqlite3_vfs_find("unix");
    vfs_.pNext = nullptr;
    vfs_.szOsFile = sizeof(OpenFile);
    vfs_.zName = "power-cut";
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
    vfs_.xAccess = Access;
    vfs_.xFullPathname = [](sqlite3_vfs*, const char* name, int room, char* full) {
      sqlite3_snprintf(room, full, "%s", name);
      return SQLITE_OK;
    };
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~PowerCutDisk() { sqlite3_vfs_unregister(&vfs_); }
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  // The power goes at this write, truncation, deletion or sync, counted from 1.
  void CutAt(std::uint64_t change) { cut_at_ = change; }
  [[nodiscard]] bool is_off() const { return changes_ >= cut_at_; }

  // After the cut, with every connection closed: what a disk would now give back.
  void PowerOn(Unsynced fate, std::mt19937& random) {
    for (auto& [name, file] : files_) {
      if (fate == Unsynced::kLost) {
        file->now = file->synced;
        file->exists = file->entry_synced;
      } else if (fate == Unsynced::kTorn) {
        Tear(*file, random);
      }
      file->synced = file->now;
      file->entry_synced = file->exists;
      file->shared.clear();
    }
    cut_at_ = kNever;
    changes_ = 0;
  }

  // Room for so many bytes, all files together.
  void SetRoom(std::size_t bytes) { room_ = bytes; }
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& [name, file] : files_) sum += file->exists ? file->now.size() : 0;
    return sum;
  }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

  // Without shared memory SQLite cannot keep a write-ahead log.
  void ForbidLog() { io_version_ = 1; }

 private:
  struct File {
    std::vector<char> now, synced;
    bool exists = false, entry_synced = false;
    std::vector<std::unique_ptr<std::vector<char>>> shared;
  };
  struct OpenFile {
    sqlite3_file base;
    PowerCutDisk* disk;
    File* file;
    bool syncs_folder;  // with its first sync, as SQLite's own does for a new log
  };
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t kSector = 512;

  // SQLite hands back the structure it gave us room for.
  static OpenFile& Self(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
  static PowerCutDisk& Disk(sqlite3_vfs* vfs) {
    return *static_cast<PowerCutDisk*>(vfs->pAppData);
  }

  // True if this change still reaches the disk.
  bool Change() {
    if (is_off()) return false;
    ++changes_;
    return !is_off();
  }

  static void Tear(File& file, std::mt19937& random) {
    std::vector<char> torn = random() % 2 == 0 ? file.now : file.synced;
    for (std::size_t at = 0; at < torn.size(); at += kSector) {
      const std::vector<char>& from = random() % 2 == 0 ? file.now : file.synced;
      for (std::size_t i = at; i < std::min(at + kSector, torn.size()); ++i) {
        torn[i] = i < from.size() ? from[i] : '\0';
      }
    }
    file.now = torn;
    if (random() % 2 == 0) file.exists = file.entry_synced;
  }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* to, int flags,
                  int* out_flags) {
    PowerCutDisk& disk = Disk(vfs);
    OpenFile& self = Self(to);
    to->pMethods = nullptr;
    if (disk.is_off()) return SQLITE_CANTOPEN;
    const std::string called =
        name != nullptr ? name : "temporary-" + std::to_string(disk.files_.size());
    std::unique_ptr<File>& file = disk.files_[called];
    if (file == nullptr) file = std::make_unique<File>();
    self.syncs_folder = false;
    if (!file->exists) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      self.syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
      file->exists = true;
      file->now.clear();
    }
    self.disk = &disk;
    self.file = file.get();
    to->pMethods = disk.io_version_ == 1 ? &kMethods1 : &kMethods2;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }

  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    PowerCutDisk& disk = Disk(vfs);
    if (!disk.Change()) return SQLITE_IOERR_DELETE;
    const auto found = disk.files_.find(name);
    if (found == disk.files_.end() || !found->second->exists) {
      return SQLITE_IOERR_DELETE_NOENT;
    }
    found->second->exists = false;
    if (sync_folder != 0) found->second->entry_synced = false;
    return SQLITE_OK;
  }

  static int Access(sqlite3_vfs* vfs, const char* name, int, int* out) {
    const auto found = Disk(vfs).files_.find(name);
    *out = found != Disk(vfs).files_.end() && found->second->exists ? 1 : 0;
    return SQLITE_OK;
  }

  static int Read(sqlite3_file* from, void* to, int amount, sqlite3_int64 offset) {
    const File& file = *Self(from).file;
    const auto begin = static_cast<std::size_t>(offset);
    const auto wanted = static_cast<std::size_t>(amount);
    const std::size_t there =
        begin < file.now.size() ? std::min(wanted, file.now.size() - begin) : 0;
    if (there > 0) std::memcpy(to, file.now.data() + begin, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  }

  static int Write(sqlite3_file* to, const void* from, int amount, sqlite3_int64 offset) {
    PowerCutDisk& disk = *Self(to).disk;
    File& file = *Self(to).file;
    if (!disk.Change()) return SQLITE_IOERR_WRITE;
    const std::size_t end =
        static_cast<std::size_t>(offset) + static_cast<std::size_t>(amount);
    if (end > file.now.size()) {
      if (disk.bytes() + end - file.now.size() > disk.room_) return SQLITE_FULL;
      file.now.resize(end);
    }
    std::memcpy(file.now.data() + offset, from, static_cast<std::size_t>(amount));
    return SQLITE_OK;
  }

  static int Truncate(sqlite3_file* of, sqlite3_int64 size) {
    if (!Self(of).disk->Change()) return SQLITE_IOERR_TRUNCATE;
    Self(of).file->now.resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
  }

  static int Sync(sqlite3_file* of, int) {
    OpenFile& self = Self(of);
    if (!self.disk->Change()) return SQLITE_IOERR_FSYNC;
    ++self.disk->syncs_;
    self.file->synced = self.file->now;
    if (std::exchange(self.syncs_folder, false)) {
      for (auto& [name, file] : self.disk->files_) file->entry_synced = file->exists;
    }
    return SQLITE_OK;
  }

  static int ShmMap(sqlite3_file* of, int region, int bytes, int extend,
                    void volatile** out) {
    auto& shared = Self(of).file->shared;
    const auto index = static_cast<std::size_t>(region);
    *out = nullptr;
    if (index >= shared.size()) {
      if (extend == 0) return SQLITE_OK;
      while (shared.size() <= index) {
        shared.push_back(
            std::make_unique<std::vector<char>>(static_cast<std::size_t>(bytes)));
      }
    }
    *out = shared[index]->data();
    return SQLITE_OK;
  }

  static constexpr sqlite3_io_methods Methods(int version) {
    sqlite3_io_methods m{};
    m.iVersion = version;
    m.xClose = [](sqlite3_file*) { return SQLITE_OK; };
    m.xRead = Read;
    m.xWrite = Write;
    m.xTruncate = Truncate;
    m.xSync = Sync;
    m.xFileSize = [](sqlite3_file* of, sqlite3_int64* size) {
      *size = static_cast<sqlite3_int64>(Self(of).file->now.size());
      return SQLITE_OK;
    };
    m.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
    m.xCheckReservedLock = [](sqlite3_file*, int* out) {
      *out = 0;
      return SQLITE_OK;
    };
    m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    m.xSectorSize = [](sqlite3_file*) { return static_cast<int>(kSector); };
    // As Linux says of its disks: a write spoils nothing beside it.
    m.xDeviceCharacteristics = [](sqlite3_file*) {
      return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
    };
    m.xShmMap = ShmMap;
    m.xShmLock = [](sqlite3_file*, int, int, int) { return SQLITE_OK; };
    m.xShmBarrier = [](sqlite3_file*) {};
    m.xShmUnmap = [](sqlite3_file* of, int erase) {
      if (erase != 0) Self(of).file->shared.clear();
      return SQLITE_OK;
    };
    return m;
  }
  static const sqlite3_io_methods kMethods1, kMethods2;

  sqlite3_vfs vfs_{};
  std::map<std::string, std::unique_ptr<File>> files_;
  std::uint64_t changes_ = 0, cut_at_ = kNever, syncs_ = 0;
  std::size_t room_ = std::numeric_limits<std::size_t>::max();
  int io_version_ = 2;
};

inline const sqlite3_io_methods PowerCutDisk::kMethods1 = Methods(1);
inline const sqlite3_io_methods PowerCutDisk::kMethods2 = Methods(2);

}  // namespace torpor::telemetry
