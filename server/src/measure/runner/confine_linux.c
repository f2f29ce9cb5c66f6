/* Linux: a filter of system calls. What it forbids ends the process with SIGSYS. */
#ifdef __linux__
#define _GNU_SOURCE
#include "os.h"
#if defined(__has_include)
#if __has_include(<linux/seccomp.h>) && __has_include(<linux/filter.h>) && __has_include(<linux/audit.h>)
#define HAVE_FILTER 1
#endif
#endif
#if defined(HAVE_FILTER) && (defined(__x86_64__) || defined(__aarch64__))
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS SECCOMP_RET_KILL
#endif
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static const int FORBIDDEN[] = {
#ifdef SYS_fork
  SYS_fork, SYS_vfork,
#endif
#ifdef SYS_open
  SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_chmod, SYS_chown, SYS_lchown, SYS_mknod,
#endif
  SYS_execve, SYS_execveat, SYS_setsid, SYS_setpgid, SYS_ptrace, SYS_process_vm_writev, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
  SYS_socket, SYS_unshare, SYS_mount, SYS_truncate, SYS_unlinkat, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_fchmodat, SYS_fchownat, SYS_mknodat,
#ifdef SYS_renameat
  SYS_renameat,
#endif
#ifdef SYS_renameat2
  SYS_renameat2,
#endif
#ifdef SYS_pidfd_send_signal
  SYS_pidfd_send_signal,
#endif
};
enum { COUNT = sizeof FORBIDDEN / sizeof *FORBIDDEN, ROOM = COUNT * 2 + 64 };

static struct sock_filter code[ROOM];
static unsigned short length;

static void add(unsigned short op, unsigned char yes, unsigned char no, unsigned k) { code[length++] = (struct sock_filter){op, yes, no, k}; }
static void load(size_t at) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, (unsigned)at); }
static void end(unsigned with) { add(BPF_RET | BPF_K, 0, 0, with); }
static size_t argument(int i) { return offsetof(struct seccomp_data, args) + 8 * (size_t)i; }

/* For call `number`: ends it unless argument `i` equals `value`. */
static void only(int number, int i, unsigned value) {
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (unsigned)number);
  load(argument(i));
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
  end(SECCOMP_RET_ALLOW);
  end(SECCOMP_RET_KILL_PROCESS);
}

/* For call `number`: allowed exactly if one of `bits` in argument `i` is set (`wanted`) or none is. */
static void with_bits(int number, int i, unsigned bits, int wanted) {
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (unsigned)number);
  load(argument(i));
  add(BPF_JMP | BPF_JSET | BPF_K, wanted ? 0 : 1, wanted ? 1 : 0, bits);
  end(SECCOMP_RET_ALLOW);
  end(SECCOMP_RET_KILL_PROCESS);
}

static void unknown(int number) {
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)number);
  end(SECCOMP_RET_ERRNO | ENOSYS);
}

int os_confine(void) {
  length = 0;
  load(offsetof(struct seccomp_data, arch));
  add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
  end(SECCOMP_RET_KILL_PROCESS);
  load(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  add(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000u);
  end(SECCOMP_RET_KILL_PROCESS);
#endif
  for (int i = 0; i < COUNT; i++) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)FORBIDDEN[i]);
    end(SECCOMP_RET_KILL_PROCESS);
  }
  /* The C library falls back to calls whose arguments can be looked at. */
#ifdef SYS_clone3
  unknown(SYS_clone3);
#endif
#ifdef SYS_openat2
  unknown(SYS_openat2);
#endif
  unsigned self = (unsigned)getpid();
  with_bits(SYS_clone, 0, CLONE_THREAD, 1);
  with_bits(SYS_openat, 2, O_WRONLY | O_RDWR, 0);
#ifdef SYS_open
  with_bits(SYS_open, 1, O_WRONLY | O_RDWR, 0);
#endif
  only(SYS_kill, 0, self);
  only(SYS_tgkill, 0, self);
  end(SECCOMP_RET_ALLOW);
  struct sock_fprog program = {length, code};
  return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
int os_confine(void) { return 0; }
#endif
#endif
