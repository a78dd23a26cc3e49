// The C ABI of entra-csa. Written by `cargo xtask bindings` with cbindgen. Do not edit.

#ifndef CSA_H
#define CSA_H

#include <stdint.h>

// The version of this ABI. It changes when a function, a struct or a code changes; not when an operation is added.
#define CSA_ABI_VERSION 1

// Done; `csa_call_next`: `result` holds an item.
#define CSA_OK 0

// The call has no more items.
#define CSA_END 1

// No item yet, the timeout has passed.
#define CSA_PENDING 2

// An argument is NULL or not UTF-8; `result`, where there is one, says which.
#define CSA_ARG -1

// There is no such handle, or it is closed.
#define CSA_HANDLE -2

// The call was cancelled.
#define CSA_CANCELLED -3

// It failed; `result` holds the error as JSON.
#define CSA_FAILED -4

// The library panicked; the handle can be closed, and other handles still work.
#define CSA_PANIC -5

// This process was forked from the one that uses the library; load it in the child for itself.
#define CSA_FORKED -6

// Bytes that the library gives away: free them once with `csa_buf_free`.
typedef struct {
  // The first byte; NULL if there are none.
  uint8_t *ptr;
  // How many bytes.
  uint64_t len;
} CsaBuf;

// Bytes that the caller lends for the call: UTF-8, no NUL needed.
typedef struct {
  // The first byte; may be NULL if `len` is 0.
  const uint8_t *ptr;
  // How many bytes.
  uint64_t len;
} CsaStr;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the ABI: `CSA_ABI_VERSION` of the header that fits.
uint32_t csa_abi_version(void);

// Tells about the library, as JSON: `{"name", "version", "abiVersion", "os", "arch"}`.
//
// Answers CSA_OK. `result` is always written; free it with `csa_buf_free`.
int32_t csa_info(CsaBuf *result);

// Opens a client. `config` is JSON: `{"sandbox": true}`, or `{"signIn": {"mode", …}}` with `cloud`, or `graphUri` and `authority`; all take
// `customCaPath`, `timeoutSeconds` and `quota` (`{"writes", "writeSeconds", "units", "unitSeconds"}`, for a tenant with another than the
// published one). A sandbox with `sandboxUsers` has so many users more: `user0000001@contoso.com` and so on. The modes and what each
// takes are in ARCHITECTURE.md. What is secret is copied into memory that is zeroed; zero the text after the call.
//
// Answers CSA_OK with the handle in `client` and `{"graphUri", "sandbox"}` in `result`, or CSA_FAILED with an error in
// `result`. Nothing is sent yet: the operation `context.signIn` signs in, or the first other one does. `result` is always written; free it with `csa_buf_free`. Close the handle with
// `csa_close`.
int32_t csa_client_open(CsaStr config,
                        uint64_t *client,
                        CsaBuf *result);

// Starts an operation on a client. `request` is JSON: `{"op": "assignment.get", "params": {…}}`.
//
// Answers CSA_OK with the handle in `call`, or CSA_FAILED with an error in `result`. `result` is always written; free it
// with `csa_buf_free`. Close the handle with `csa_close`, also before its end.
int32_t csa_call_start(uint64_t client, CsaStr request, uint64_t *call, CsaBuf *result);

// Waits up to `timeout_ms` milliseconds for the next item of a call.
//
// An item is a JSON object with a `kind`; where the request asks for a table, a message of an Arrow stream, which begins with the
// bytes FF FF FF FF: the schema first, then batches, without a mark at the end.
//
// Answers CSA_OK with an item in `result`, CSA_END, CSA_PENDING, CSA_CANCELLED, CSA_PANIC, or CSA_FAILED with the error that
// ended the call. `result` is always written; free it with `csa_buf_free`.
int32_t csa_call_next(uint64_t call, uint32_t timeout_ms, CsaBuf *result);

// Cancels a call: a waiting `csa_call_next` answers CSA_CANCELLED at once, and nothing more is sent. From any thread.
//
// Answers CSA_OK (also if the call has ended already) or CSA_HANDLE. The handle still has to be closed.
int32_t csa_call_cancel(uint64_t call);

// Closes a client or a call. A call that still runs is cancelled; so are all calls of a client.
//
// Answers CSA_OK, or CSA_HANDLE if it is closed already.
int32_t csa_close(uint64_t handle);

// Frees a buffer that this library wrote, once. A buffer with a NULL `ptr` is left alone.
void csa_buf_free(CsaBuf buf);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CSA_H */
