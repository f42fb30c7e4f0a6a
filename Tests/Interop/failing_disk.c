/* A disk that fails: while the file FAILING_DISK is there, nothing below FAILING_DISK_DATA is written or synced. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd) {
    const char *sign = getenv("FAILING_DISK"), *data = getenv("FAILING_DISK_DATA");
    char link[64], path[4096];
    if (!sign || !data || access(sign, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, data, strlen(data))) return 0;
    errno = EIO;
    return 1;
}

#define UNLESS_IT_FAILS(type, name, parameters, ...) \
    type name parameters { \
        static type (*real) parameters; \
        if (!real) real = (type (*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails(fd) ? -1 : real(__VA_ARGS__); \
    }

UNLESS_IT_FAILS(ssize_t, write, (int fd, const void *bytes, size_t count), fd, bytes, count)
UNLESS_IT_FAILS(ssize_t, writev, (int fd, const struct iovec *parts, int count), fd, parts, count)
UNLESS_IT_FAILS(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), fd, bytes, count, at)
UNLESS_IT_FAILS(ssize_t, pwrite64, (int fd, const void *bytes, size_t count, off64_t at), fd, bytes, count, at)
UNLESS_IT_FAILS(int, fsync, (int fd), fd)
UNLESS_IT_FAILS(int, fdatasync, (int fd), fd)
