/* The kernel ABI, as server/src/target/abi.ts documents it (a test keeps the two equal). */
#ifndef ANSOR_ABI_H
#define ANSOR_ABI_H
struct ansor_host { void *pool; int threads; void (*parallel_for)(const struct ansor_host *host, void (*body)(void *closure, int begin, int end, int worker), void *closure, int n); };
typedef void (*ansor_kernel)(const struct ansor_host *host, void *const *tensors, unsigned char *workspace);
#endif
