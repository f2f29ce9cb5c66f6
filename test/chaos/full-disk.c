/*
 * Preloaded into a session by the chaos tests: writing to regular files fails as long as the file named by CHAOS_SWITCH is there, as on a full
 * disk (the file is empty) or a read-only one (it is not). Reads and sockets work as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd) {
  const char *name = getenv("CHAOS_SWITCH");
  struct stat at, of;
  if (!name || stat(name, &at) || fstat(fd, &of) || !S_ISREG(of.st_mode)) return 0;
  errno = at.st_size ? EROFS : ENOSPC;
  return 1;
}

ssize_t write(int fd, const void *data, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  /* A disk fills up in the middle of a line. */
  if (size > 1 && fails(fd)) return errno == ENOSPC && size > 64 && rand() % 2 ? next(fd, data, size / 2) : -1;
  return next(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (!next) next = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return fails(fd) ? -1 : next(fd, data, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*next)(int, const struct iovec *, int);
  if (!next) next = (ssize_t (*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
  return fails(fd) ? -1 : next(fd, parts, count);
}
