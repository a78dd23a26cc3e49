// Uses entra-csa as a C programmer would, against csa.h. Prints what it got; ends with 1 at the first surprise.

#include "csa.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT(code, wanted)                                                                                      \
  do {                                                                                                            \
    int32_t got = (code);                                                                                         \
    if (got != (wanted)) {                                                                                        \
      fprintf(stderr, "line %d: %s answered %" PRId32 ", not %s\n", __LINE__, #code, got, #wanted);               \
      exit(1);                                                                                                    \
    }                                                                                                             \
  } while (0)

static CsaStr text(const char *s) { return (CsaStr){(const uint8_t *)s, strlen(s)}; }

static void print_and_free(const char *what, CsaBuf buf) {
  printf("%s: %.*s\n", what, (int)buf.len, buf.ptr == NULL ? "" : (const char *)buf.ptr);
  csa_buf_free(buf);
}

static void run(uint64_t client, const char *request) {
  uint64_t call = 0;
  CsaBuf result = {0};
  EXPECT(csa_call_start(client, text(request), &call, &result), CSA_OK);
  csa_buf_free(result);
  int32_t code;
  while ((code = csa_call_next(call, 30000, &result)) == CSA_OK) print_and_free("item", result);
  csa_buf_free(result);
  EXPECT(code, CSA_END);
  EXPECT(csa_close(call), CSA_OK);
}

static void *cancel(void *call) {
  EXPECT(csa_call_cancel(*(uint64_t *)call), CSA_OK);
  return NULL;
}

int main(void) {
  uint64_t client = 0, call = 0;
  CsaBuf result = {0};
  EXPECT(csa_abi_version() == CSA_ABI_VERSION, 1);
  EXPECT(csa_info(&result), CSA_OK);
  csa_buf_free(result);
  EXPECT(csa_info(NULL), CSA_ARG);

  EXPECT(csa_client_open(text("{\"sandbox\": 1}"), &client, &result), CSA_FAILED);
  print_and_free("error", result);
  EXPECT(csa_client_open(text("{\"sandbox\": true}"), &client, &result), CSA_OK);
  csa_buf_free(result);

  run(client, "{\"op\": \"assignment.set\", \"params\": {\"targets\": [{\"user\": \"joe@contoso.com\"}], "
              "\"values\": [{\"attribute\": \"Engineering.Project\", \"value\": [\"Baker\", \"Cascade\"]}]}}");
  run(client, "{\"op\": \"assignment.get\", \"params\": {\"targets\": [{\"user\": \"joe@contoso.com\"}, "
              "{\"user\": \"nobody\"}], \"attributes\": [{\"attribute\": \"Engineering.Project\"}]}}");

  EXPECT(csa_call_start(client, (CsaStr){(const uint8_t *)"\xff", 1}, &call, &result), CSA_ARG);
  print_and_free("bad UTF-8", result);
  EXPECT(csa_call_start(client, (CsaStr){NULL, 1}, &call, &result), CSA_ARG);
  print_and_free("NULL", result);
  EXPECT(csa_call_start(client + 1000, text("{}"), &call, &result), CSA_HANDLE);

  EXPECT(csa_call_start(client, text("{\"op\": \"selftest.panicAtStart\"}"), &call, &result), CSA_PANIC);
  csa_buf_free(result);
  EXPECT(csa_call_start(client, text("{\"op\": \"selftest.panic\"}"), &call, &result), CSA_OK);
  EXPECT(csa_call_next(call, 30000, &result), CSA_PANIC);
  print_and_free("panic", result);
  EXPECT(csa_close(call), CSA_OK);
  EXPECT(csa_close(call), CSA_HANDLE);
  EXPECT(csa_call_next(call, 0, &result), CSA_HANDLE);

  // Another thread cancels; items made before are never handed out after.
  EXPECT(csa_call_start(client, text("{\"op\": \"user.find\"}"), &call, &result), CSA_OK);
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, cancel, &call), 0);
  EXPECT(pthread_join(thread, NULL), 0);
  EXPECT(csa_call_next(call, 30000, &result), CSA_CANCELLED);
  EXPECT(csa_close(call), CSA_OK);

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(csa_info(&result) == CSA_FORKED && csa_close(client) == CSA_FORKED ? 0 : 1);
  int status = 0;
  EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, 1);

  EXPECT(csa_close(client), CSA_OK);
  EXPECT(csa_close(client), CSA_HANDLE);
  puts("done");
  return 0;
}
