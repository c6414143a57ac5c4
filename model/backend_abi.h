/* The C interface between torpor's accelerator process and a back end that is not built
 * in: a shared object, "torpor-NAME.so" in ../lib/torpor beside the running program.
 * docs/accelerator.md shows how to write one.
 *
 * Who calls: one thread of torpor-accelerator, the process's first. No two functions of
 * one plugin are ever in a call at the same time, so a plugin needs no lock. torpord
 * itself never loads a plugin; whatever one does (hang, crash, write where it should not)
 * costs at most the process it runs in, which torpord kills at its deadline.
 *
 * A plugin
 *   - must not throw through this interface, exit, write to standard output, change
 *     signals, or leave a child process behind;
 *   - may start the threads that its driver insists on; when no call is under way they
 *     must be blocked, because a process that is kept is counted while it sleeps;
 *   - must not spin while it waits for the device (CUDA: cudaDeviceScheduleBlockingSync);
 *   - writes messages to nobody: what went wrong is said through TorporBackendError.
 *
 * Statuses are the numbers of core/status.h as int32_t, 0 for good. Those that a plugin
 * has a reason to return: 309 batch-shape, 306 not-a-number, 364 to 368 of model files,
 * 421 accelerator-failed, 422 accelerator-missing, and 425 to 429, which are the back
 * ends' own. Any number that core/status_table.h does not list is taken as 421. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever anything below changes its meaning or its place. A plugin of another
 * number is refused; there is no range of numbers that will do. */
#define TORPOR_BACKEND_ABI 1u

/* What went wrong, one clause in English without a full stop, UTF-8, ended by 0; empty
 * when there is nothing to add to the status. Names a file, a call or a value: "cuInit:
 * no CUDA-capable device". */
typedef struct TorporBackendError {
  char text[256];
} TorporBackendError;

/* What a back end is opened with. All pointers stay valid until open() has returned;
 * `model` until close() has. */
typedef struct TorporBackendModel {
  /* The torpor model file as it was named, absolute. What reads another form of the
   * network (ONNX) looks for it beside this one, and must find `digest` in it. */
  const char* path;
  /* Its bytes, read once and verified against the digest at its end; the first is at a
   * multiple of 64. Never read the file again: it may have been replaced meanwhile. */
  const uint8_t* bytes;
  size_t size;
  /* Of the file: SHA-512 cut to 256 bits. The network that is run must be this one. */
  uint8_t digest[32];
  /* Of each run on this robot, both: allocate for them, and optimise for them alone. */
  uint32_t tokens;
  uint32_t inputs;
  /* Where a plan or compiled kernels may be kept between processes, absolute; NULL where
   * nothing may be. It may be empty, full, read-only or hold what another driver made:
   * whatever is read from it is bound to digest, versions and device, or not used. */
  const char* cache_folder;
} TorporBackendModel;

/* Everything stays valid until the process ends. No pointer to a function is NULL. */
typedef struct TorporBackend {
  uint32_t abi; /* TORPOR_BACKEND_ABI as this plugin was compiled */
  /* "cuda", "tensorrt10": lower-case letters and digits, at most 31; as the file's name
   * has it, after "torpor-". */
  const char* name;

  /* Takes the device, loads the network and allocates all that a run needs, so that run()
   * allocates nothing. Everything that takes long belongs here; the time counts against
   * the contract's time for inference wherever the process does not stay.
   * Returns the back end's own pointer, not NULL; or NULL, with the reason in *status
   * (never 0) and *error, and nothing left open. *error is never NULL. */
  void* (*open)(const TorporBackendModel* model, int32_t* status,
                TorporBackendError* error);

  /* z is [tokens, inputs] floats in host memory, token after token, not squashed
   * (model/assemble.h), of exactly the shape that open() was told; it may not be written.
   * Returns only when the device has finished everything that was asked of it (the stream
   * synchronised, blocking): on return with 0, *logit has been written and nothing is in
   * flight; on any other status nothing is in flight either.
   *   309  another shape
   *   306  z or the logit is not finite
   *   421  the device, driver or library said no; *error says which call
   * May be called again after any status. After free_activations() it takes the memory
   * again by itself. */
  int32_t (*run)(void* self, const float* z, size_t tokens, size_t inputs, float* logit,
                 TorporBackendError* error);

  /* Gives the device's memory back that only a run needs (activations, workspaces,
   * staging buffers), and keeps context and weights: the rung memory-freed. Returns when
   * the driver has freed it. Harmless when nothing is held.
   *   421  the driver said no; close() must still work */
  int32_t (*free_activations)(void* self, TorporBackendError* error);

  /* How many pieces of work the device has been given and has not finished, as far as the
   * driver tells without being made to wait; 0 between calls, or run() broke its promise.
   * Must not wake a device that sleeps. */
  uint32_t (*in_flight)(void* self);

  /* What the result and the cost depend on besides the model, as "key=value" clauses
   * joined by "; ": at least name, driver, library and device ("name=cuda; driver=12.4;
   * library=12.4.131; device=Orin (nvgpu), sm_87"). At most `size` bytes with the 0 at
   * the end, cut where they do not fit; size is at least 1. The same machine gives the
   * same bytes: a calibration is bound to them, so no clock, counter or address. */
  void (*versions)(void* self, char* out, size_t size);

  /* Tears everything down in order, the youngest first (TensorRT: stream synchronised and
   * destroyed, context, engine, runtime), and waits for it. Afterwards `self` is gone.
   * The process usually ends next; close() is what makes that quick. */
  void (*close)(void* self);
} TorporBackend;

/* The one symbol that a plugin exports. Called first, once; must not touch a device.
 * Returns NULL when the plugin does not speak `abi`. */
#define TORPOR_BACKEND_SYMBOL "torpor_backend"
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const TorporBackend*
torpor_backend(uint32_t abi);

#ifdef __cplusplus
} /* extern "C" */
#endif
