// The memory of the fake GPUs: handed out as torch does it, bounded, and shared with the other processes.
#pragma once

#include <c10/util/Exception.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <utility>

constexpr int kMostGpus = 8;
constexpr int kMostProcesses = 64;
constexpr size_t kMega = 1 << 20;

inline size_t setting(const char* name, size_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

// A part of a segment.
struct Piece {
  char* at;
  size_t bytes;
  bool small, free = false;
  Piece *before = nullptr, *after = nullptr;
};

// One GPU's memory in one process, by the rules of torch's c10/cuda/CUDACachingAllocator.cpp: pieces of segments, small
// and large ones apart, the smallest that fits; what is given back stays reserved. So what a bound leaves free can be
// in the wrong places.
class Pool {
 public:
  size_t allocated = 0, peak = 0, reserved = 0;

  static size_t rounded(size_t bytes) { return (bytes + 511) / 512 * 512; }

  static size_t segment(size_t bytes) {
    if (bytes <= kMega) return 2 * kMega;
    if (bytes < 10 * kMega) return 20 * kMega;
    return (bytes + 2 * kMega - 1) / (2 * kMega) * (2 * kMega);
  }

  Piece* find(size_t bytes) {
    auto& pieces = free_[bytes <= kMega];
    auto found = pieces.lower_bound({bytes, nullptr});
    if (found == pieces.end()) return nullptr;
    Piece* piece = found->second;
    pieces.erase(found);
    return use(piece, bytes);
  }

  Piece* add(char* at, size_t segment, size_t bytes) {
    reserved += segment;
    return use(new Piece{at, segment, bytes <= kMega}, bytes);
  }

  void give(Piece* piece) {
    allocated -= piece->bytes;
    piece->free = true;
    if (piece->after && piece->after->free) {
      free_[piece->small].erase({piece->after->bytes, piece->after});
      join(piece, piece->after);
    }
    if (piece->before && piece->before->free) {
      Piece* first = piece->before;
      free_[first->small].erase({first->bytes, first});
      join(first, piece);
      piece = first;
    }
    free_[piece->small].insert({piece->bytes, piece});
  }

  // Give up the segments that are free from end to end, and say how many bytes they were.
  size_t empty() {
    size_t released = 0;
    for (auto& pieces : free_) {
      for (auto at = pieces.begin(); at != pieces.end();) {
        Piece* piece = at->second;
        if (piece->before || piece->after) {
          ++at;
          continue;
        }
        released += piece->bytes;
        std::free(piece->at);
        delete piece;
        at = pieces.erase(at);
      }
    }
    reserved -= released;
    return released;
  }

 private:
  std::set<std::pair<size_t, Piece*>> free_[2];

  Piece* use(Piece* piece, size_t bytes) {
    size_t rest = piece->bytes - bytes;
    if (piece->small ? rest >= 512 : rest > kMega) {
      auto* left = new Piece{piece->at + bytes, rest, piece->small, true, piece, piece->after};
      if (piece->after) piece->after->before = left;
      piece->after = left;
      piece->bytes = bytes;
      free_[left->small].insert({left->bytes, left});
    }
    piece->free = false;
    allocated += piece->bytes;
    peak = std::max(peak, allocated);
    return piece;
  }

  void join(Piece* first, Piece* second) {
    first->bytes += second->bytes;
    first->after = second->after;
    if (second->after) second->after->before = first;
    delete second;
  }
};

// All GPUs of this machine. What each process holds of them stands in a file that all of them map.
class Board {
 public:
  const size_t total = setting("FAKE_GPU_BYTES", size_t(8) << 30);
  const int count = std::min(int(setting("FAKE_GPU_COUNT", 1)), kMostGpus);
  Pool pools[kMostGpus];
  size_t most[kMostGpus];  // that this process may reserve

  Board() {
    std::fill(std::begin(most), std::end(most), SIZE_MAX);
    int file = open("/dev/shm/fake-gpu", O_RDWR | O_CREAT, 0600);
    constexpr size_t bytes = sizeof(Slot) * kMostProcesses;
    void* mapped = MAP_FAILED;
    if (file >= 0 && ftruncate(file, bytes) == 0) mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    TORCH_CHECK(mapped != MAP_FAILED, "fake GPU: its file cannot be mapped");
    close(file);
    slots_ = static_cast<Slot*>(mapped);
  }

  size_t free_bytes(int device) {
    Slot* mine = slot();
    if (!awake_[device]) {
      awake_[device] = true;
      mine->held[device] += context_;
    }
    size_t held = 0;
    for (int index = 0; index < kMostProcesses; index++) {
      if (alive(slots_[index].pid)) held += slots_[index].held[device];
    }
    return held < total ? total - held : 0;
  }

  Piece* take(int device, size_t asked) {
    std::lock_guard<std::mutex> guard(lock_);
    Pool& pool = pools[device];
    size_t bytes = Pool::rounded(asked), segment = Pool::segment(bytes);
    if (Piece* piece = pool.find(bytes)) return piece;
    auto fits = [&] { return segment <= free_bytes(device) && pool.reserved + segment <= most[device]; };
    if (!fits()) slot()->held[device] -= pool.empty();
    TORCH_CHECK_WITH(OutOfMemoryError, fits(), "CUDA out of memory. Tried to allocate ", asked, " bytes. Fake GPU ",
                     device, " has ", free_bytes(device), " free.");
    void* at = nullptr;
    TORCH_CHECK(posix_memalign(&at, 512, segment) == 0, "fake GPU: the host has no memory left");
    slot()->held[device] += segment;
    return pool.add(static_cast<char*>(at), segment, bytes);
  }

  void give(int device, Piece* piece) {
    std::lock_guard<std::mutex> guard(lock_);
    pools[device].give(piece);
  }

  void empty(int device) {
    std::lock_guard<std::mutex> guard(lock_);
    slot()->held[device] -= pools[device].empty();
  }

 private:
  struct Slot {
    std::atomic<int> pid;
    std::atomic<size_t> held[kMostGpus];
  };

  const size_t context_ = 300 * kMega;  // about what CUDA itself takes per process
  Slot* slots_ = nullptr;
  Slot* mine_ = nullptr;
  int owner_ = 0;  // a fork has a slot of its own
  bool awake_[kMostGpus] = {};
  std::mutex lock_;

  static bool alive(int pid) { return pid != 0 && (kill(pid, 0) == 0 || errno == EPERM); }

  Slot* slot() {
    int pid = getpid();
    if (owner_ == pid) return mine_;
    for (int index = 0; index < kMostProcesses; index++) {
      int held = slots_[index].pid;
      if ((held != pid && alive(held)) || !slots_[index].pid.compare_exchange_strong(held, pid)) continue;
      for (auto& bytes : slots_[index].held) bytes = 0;
      owner_ = pid;
      return mine_ = &slots_[index];
    }
    TORCH_CHECK(false, "fake GPU: too many processes");
  }
};

inline Board& board() {
  static Board* made = new Board();
  return *made;
}
