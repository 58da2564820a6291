#include "simulation/memory_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace dualwrite::simulation {

struct MemoryVfs::Registration {
  sqlite3_vfs vfs{};
};

namespace {

using File = MemoryVfs::File;

struct OpenFile {
  sqlite3_file base;
  MemoryVfs* vfs;
  File* file;
};

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

void put(std::string& data, std::int64_t offset, const std::string& bytes) {
  const std::size_t end = static_cast<std::size_t>(offset) + bytes.size();
  if (data.size() < end) data.resize(end);
  data.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
}

void replay(std::string& data, const MemoryVfs::Write& write) {
  if (write.is_cut) {
    data.resize(static_cast<std::size_t>(write.offset));
  } else {
    put(data, write.offset, write.bytes);
  }
}

int close(sqlite3_file*) {
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  const std::string& data = of(file).file->data;
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t wanted = static_cast<std::size_t>(count);
  const std::size_t there = begin < data.size() ? std::min(wanted, data.size() - begin) : 0;
  std::memcpy(into, data.data() + begin, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  OpenFile& open = of(file);
  if (open.vfs->failing()) return SQLITE_FULL;
  MemoryVfs::Write write{offset, std::string(static_cast<const char*>(from), static_cast<std::size_t>(count)), false};
  replay(open.file->data, write);
  open.file->unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& open = of(file);
  if (open.vfs->frozen) return SQLITE_IOERR_TRUNCATE;
  MemoryVfs::Write cut{size, {}, true};
  replay(open.file->data, cut);
  open.file->unsynced.push_back(std::move(cut));
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
  OpenFile& open = of(file);
  if (open.vfs->failing()) return SQLITE_IOERR_FSYNC;
  for (const MemoryVfs::Write& write : open.file->unsynced) replay(open.file->synced, write);
  open.file->unsynced.clear();
  return SQLITE_OK;
}

int size(sqlite3_file* file, sqlite3_int64* bytes) {
  *bytes = static_cast<sqlite3_int64>(of(file).file->data.size());
  return SQLITE_OK;
}

// One connection in one process: nobody competes.
int lock(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
int characteristics(sqlite3_file*) {
  return 0;
}

int map_shared(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  auto& shared = of(file).file->shared;
  auto& place = shared[region];
  if (!place && extend != 0) place = std::make_unique<std::string>(static_cast<std::size_t>(bytes), '\0');
  *memory = place ? place->data() : nullptr;
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) {
  return SQLITE_OK;
}
void barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file* file, int) {
  of(file).file->shared.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods methods{
    2,          close,   read,        write,           truncate,   sync,        size,    lock,         lock,
    check_lock, control, sector_size, characteristics, map_shared, lock_shared, barrier, unmap_shared, nullptr,
    nullptr};

MemoryVfs& of(sqlite3_vfs* vfs) {
  return *static_cast<MemoryVfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  OpenFile& open = of(file);
  open.base.pMethods = nullptr;
  auto& files = of(vfs).files();
  const std::string path = name == nullptr ? "temporary" : name;
  if (!files.contains(path) && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  open.vfs = &of(vfs);
  open.file = &files[path];
  open.base.pMethods = &methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int) {
  if (of(vfs).frozen) return SQLITE_IOERR_DELETE;
  return of(vfs).files().erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* there) {
  *there = of(vfs).files().contains(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int count, char* into) {
  sqlite3_snprintf(count, into, "%s", name);
  return SQLITE_OK;
}

// Never the same twice, or SQLite takes old frames of its log for new ones; but the same in two runs of one seed.
int randomness(sqlite3_vfs* vfs, int count, char* into) {
  for (int index = 0; index < count; ++index) into[index] = static_cast<char>(of(vfs).random() >> 24U);
  return count;
}
int sleep(sqlite3_vfs*, int microseconds) {
  return microseconds;
}
int current_time(sqlite3_vfs*, double* days) {
  *days = 2460000.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}
int current_time_ms(sqlite3_vfs*, sqlite3_int64* moment) {
  *moment = 212443200000000;
  return SQLITE_OK;
}

}  // namespace

MemoryVfs::MemoryVfs() : name_("dualwrite-simulation"), registration_(std::make_unique<Registration>()) {
  sqlite3_vfs& vfs = registration_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = 512;
  vfs.zName = name_.c_str();
  vfs.pAppData = this;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_ms;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("SQLite took no VFS");
}

MemoryVfs::~MemoryVfs() {
  sqlite3_vfs_unregister(&registration_->vfs);
}

void MemoryVfs::lose_power(const std::function<bool()>& kept) {
  for (auto& [name, file] : files_) {
    for (const Write& write : file.unsynced) {
      if (kept()) replay(file.synced, write);
    }
    file.unsynced.clear();
    file.data = file.synced;
  }
  end_process();
}

void MemoryVfs::end_process() {
  frozen = false;
  for (auto& [name, file] : files_) file.shared.clear();
}

}  // namespace dualwrite::simulation
