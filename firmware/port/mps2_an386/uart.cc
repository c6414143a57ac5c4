#include "firmware/port/mps2_an386/uart.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "firmware/port/mps2_an386/registers.h"
#include "firmware/port/mps2_an386/timer.h"

namespace torpor::firmware::mps2 {
namespace {

// AN386, memory map; CMSDK, APB UART, programmer's model.
struct Uart {
  std::uint32_t base;
  [[nodiscard]] volatile std::uint32_t& data() const { return Register(base + 0x0); }
  [[nodiscard]] volatile std::uint32_t& state() const { return Register(base + 0x4); }
  [[nodiscard]] volatile std::uint32_t& control() const { return Register(base + 0x8); }
  [[nodiscard]] volatile std::uint32_t& interrupts() const {  // cleared by writing ones
    return Register(base + 0xC);
  }
  [[nodiscard]] volatile std::uint32_t& divisor() const { return Register(base + 0x10); }
};
constexpr Uart kConsole{0x4000'4000};
constexpr Uart kLink{0x4000'5000};

constexpr std::uint32_t kTransmitFull = 1U << 0U;  // of STATE
constexpr std::uint32_t kReceiveFull = 1U << 1U;

constexpr std::uint32_t kTransmits = 1U << 0U;  // of CTRL
constexpr std::uint32_t kReceives = 1U << 1U;
constexpr std::uint32_t kTransmitInterrupts = 1U << 2U;
constexpr std::uint32_t kReceiveInterrupts = 1U << 3U;

constexpr std::uint32_t kTransmitInterrupt = 1U << 0U;  // of INTSTATUS
constexpr std::uint32_t kReceiveInterrupt = 1U << 1U;

constexpr std::uint32_t kFirstBaud = 921'600;  // until the contract says another

// One side writes `head`, the other `tail`; a power of two of bytes.
template <std::size_t kBytes>
class Ring {
 public:
  [[nodiscard]] std::size_t size() const {
    return head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t room() const { return kBytes - size(); }
  void Put(std::byte byte) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    bytes_[head % kBytes] = byte;
    head_.store(head + 1, std::memory_order_release);
  }
  std::byte Take() {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::byte byte = bytes_[tail % kBytes];
    tail_.store(tail + 1, std::memory_order_release);
    return byte;
  }

 private:
  std::array<std::byte, kBytes> bytes_{};
  std::atomic<std::size_t> head_ = 0;
  std::atomic<std::size_t> tail_ = 0;
};

Ring<2048> received;     // firmware/core/port.h asks for 1100
Ring<1024> to_transmit;  // some 10 ms of line
volatile bool wants_room = false;

void Enable(const Uart& uart, std::uint32_t what) {
  uart.divisor() = kClockHz / kFirstBaud;
  uart.control() = what;
}

// The transmitter holds one byte; its interrupt says when it has gone.
void Feed() {
  while (to_transmit.size() > 0 && (kLink.state() & kTransmitFull) == 0) {
    kLink.data() = static_cast<std::uint32_t>(to_transmit.Take());
  }
}

// A ring that is full leaves its byte in the receiver: with flow control on the line the
// other side waits, without it the next byte is lost.
void Drain() {
  while ((kLink.state() & kReceiveFull) != 0 && received.room() > 0) {
    received.Put(static_cast<std::byte>(kLink.data()));
  }
}

}  // namespace

void StartUarts() {
  Enable(kConsole, kTransmits);
  Enable(kLink, kTransmits | kReceives | kTransmitInterrupts | kReceiveInterrupts);
  // QEMU looks for bytes that came before RX_EN only once DATA has been read.
  [[maybe_unused]] const std::uint32_t nothing = kLink.data();
  EnableInterrupt(kLinkReceiveIrq);
  EnableInterrupt(kLinkTransmitIrq);
}

void SetLinkBaud(std::uint32_t baud) {
  if (baud != 0) kLink.divisor() = std::max<std::uint32_t>(kClockHz / baud, 16);
}

void OnLinkReceive() {
  kLink.interrupts() = kReceiveInterrupt;
  Drain();
  Wake();
}

void OnLinkTransmit() {
  kLink.interrupts() = kTransmitInterrupt;
  Feed();
  if (wants_room && to_transmit.room() >= 512) {
    wants_room = false;
    Wake();
  }
}

std::size_t TakeFromLink(std::span<std::byte> out) {
  {
    const HandlersWait wait;
    Drain();  // what a full ring had left
  }
  const std::size_t size = std::min(out.size(), received.size());
  std::generate_n(out.begin(), size, [] { return received.Take(); });
  return size;
}

std::size_t GiveToLink(std::span<const std::byte> bytes) {
  const std::size_t size = std::min(bytes.size(), to_transmit.room());
  for (const std::byte byte : bytes.first(size)) to_transmit.Put(byte);
  const HandlersWait wait;
  wants_room = size < bytes.size();
  Feed();
  return size;
}

void WriteConsole(std::string_view text) {
  constexpr int kPatience = 2'000;  // looks at STATE, for a whole text
  int patience = kPatience;
  for (const char c : text) {
    while ((kConsole.state() & kTransmitFull) != 0) {
      if (--patience == 0) return;
    }
    kConsole.data() = static_cast<unsigned char>(c);
  }
}

}  // namespace torpor::firmware::mps2
