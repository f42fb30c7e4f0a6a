/* Keeps apart what a program has written and what it has synced, for the files of one directory.
 *
 * Preloaded into the broker by scripts/power_loss.py. The files of POWERLOSS_DATA are written as ever; beside them,
 * POWERLOSS_SHADOW has their content as of their last fsync, by number, and `names`: which file had which name when
 * the directory was last synced (`live`: now). After a kill the harness puts together what a disk might hold.
 * With POWERLOSS_LIE=1 nothing is ever synced: the disk that lies. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FILES 4096
#define DESCRIPTORS 65536
#define DIRECTORY (&directory)

struct range { off_t from, to; };
struct file {
    int shadow;
    struct range *dirty;
    size_t count, room;
};
struct entry { char name[256]; int number; };

static struct file files[FILES], directory;
static int fileCount = 1;
static struct entry entries[FILES];
static int entryCount;
static struct file *descriptors[DESCRIPTORS];
static const char *data, *shadow;
static int lies;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int realOpen(const char *path, int flags, mode_t mode) {
    REAL(int, "open64", const char *, int, ...);
    return real(path, flags, mode);
}

static int realClose(int fd) {
    REAL(int, "close", int);
    return real(fd);
}

static ssize_t realPwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return real(fd, bytes, count, at);
}

static void give_up(const char *what) {
    perror(what);
    abort();
}

/* The name in the directory; NULL: elsewhere, or a file whose content does not count. */
static const char *ours(const char *path) {
    size_t length = data ? strlen(data) : 0;
    if (!length || strncmp(path, data, length) || path[length] != '/') return NULL;
    const char *name = path + length + 1;
    size_t count = strlen(name);
    if (!count || strchr(name, '/') || count > 255) return NULL;
    if (count > 4 && !strcmp(name + count - 4, "-shm")) return NULL;
    if (!strcmp(name, "martlet.lock") || !strcmp(name, "martlet.sock")) return NULL;
    return name;
}

static struct entry *find(const char *name) {
    for (int index = 0; index < entryCount; index++)
        if (!strcmp(entries[index].name, name)) return &entries[index];
    return NULL;
}

static void write_names(const char *target) {
    char path[4096], temporary[4200];
    snprintf(path, sizeof path, "%s/%s", shadow, target);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *out = fopen(temporary, "w");
    if (!out) give_up(temporary);
    for (int index = 0; index < entryCount; index++) fprintf(out, "%d %s\n", entries[index].number, entries[index].name);
    fclose(out);
    /* libc's own call is not ours. */
    REAL(int, "rename", const char *, const char *);
    if (real(temporary, path)) give_up(path);
}

static struct file *add(const char *name) {
    if (fileCount >= FILES || entryCount >= FILES) give_up("powerloss: too many files");
    char path[4096];
    int number = fileCount++;
    snprintf(path, sizeof path, "%s/%d", shadow, number);
    files[number].shadow = realOpen(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (files[number].shadow < 0) give_up(path);
    struct entry *entry = find(name);
    if (!entry) entry = &entries[entryCount++];
    snprintf(entry->name, sizeof entry->name, "%s", name);
    entry->number = number;
    return &files[number];
}

static void touch(struct file *file, off_t from, off_t to) {
    if (from >= to) return;
    if (file->count && file->dirty[file->count - 1].to == from) {
        file->dirty[file->count - 1].to = to;
        return;
    }
    if (file->count == file->room) {
        file->room = file->room ? file->room * 2 : 64;
        file->dirty = realloc(file->dirty, file->room * sizeof(struct range));
        if (!file->dirty) give_up("powerloss");
    }
    file->dirty[file->count++] = (struct range){from, to};
}

static void sync_file(struct file *file, int fd) {
    char buffer[65536];
    char path[64];
    struct stat status;
    /* The descriptor may be for writing only. */
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int source = realOpen(path, O_RDONLY | O_CLOEXEC, 0);
    if (source < 0 || fstat(source, &status)) give_up(path);
    for (size_t index = 0; index < file->count; index++) {
        off_t at = file->dirty[index].from, end = file->dirty[index].to;
        while (at < end) {
            size_t wanted = (size_t)(end - at) < sizeof buffer ? (size_t)(end - at) : sizeof buffer;
            ssize_t got = pread(source, buffer, wanted, at);
            if (got <= 0) break;
            if (realPwrite(file->shadow, buffer, (size_t)got, at) != got) give_up("powerloss: shadow");
            at += got;
        }
    }
    file->count = 0;
    REAL(int, "ftruncate64", int, off_t);
    if (real(file->shadow, status.st_size)) give_up("powerloss: shadow");
    realClose(source);
}

__attribute__((constructor)) static void begin(void) {
    data = getenv("POWERLOSS_DATA");
    shadow = getenv("POWERLOSS_SHADOW");
    lies = getenv("POWERLOSS_LIE") != NULL;
    if (!data || !shadow) give_up("powerloss: POWERLOSS_DATA and POWERLOSS_SHADOW");
    DIR *all = opendir(data);
    if (!all) give_up(data);
    for (struct dirent *one; (one = readdir(all));) {
        char path[4096];
        struct stat status;
        snprintf(path, sizeof path, "%s/%s", data, one->d_name);
        if (!ours(path) || stat(path, &status) || !S_ISREG(status.st_mode)) continue;
        struct file *file = add(one->d_name);
        int fd = realOpen(path, O_RDONLY | O_CLOEXEC, 0);
        touch(file, 0, status.st_size);
        sync_file(file, fd);
        realClose(fd);
    }
    closedir(all);
    write_names("names");
    write_names("live");
}

static int opened(int fd, const char *path, int flags) {
    if (fd < 0 || fd >= DESCRIPTORS || !data) return fd;
    int error = errno;
    const char *name = ours(path);
    pthread_mutex_lock(&lock);
    descriptors[fd] = NULL;
    if (!strcmp(path, data)) descriptors[fd] = DIRECTORY;
    if (name) {
        struct entry *entry = find(name);
        struct file *file = entry ? &files[entry->number] : add(name);
        if (!entry) write_names("live");
        if (flags & O_TRUNC) touch(file, 0, 1L << 40);
        descriptors[fd] = file;
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); } \
        return opened(realOpen(path, flags, mode), path, flags); \
    }
OPEN(open)
OPEN(open64)

int openat(int at, const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
    REAL(int, "openat64", int, const char *, int, ...);
    return opened(real(at, path, flags, mode), path, flags);
}

int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) descriptors[fd] = NULL;
    return realClose(fd);
}

static struct file *file_of(int fd) {
    struct file *file = fd >= 0 && fd < DESCRIPTORS ? descriptors[fd] : NULL;
    return file == DIRECTORY ? NULL : file;
}

static ssize_t wrote(int fd, ssize_t count, off_t at) {
    struct file *file = file_of(fd);
    if (!file || count <= 0) return count;
    if (at < 0) at = lseek(fd, 0, SEEK_CUR) - count;
    pthread_mutex_lock(&lock);
    touch(file, at, at + count);
    pthread_mutex_unlock(&lock);
    return count;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return wrote(fd, real(fd, bytes, count), -1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return wrote(fd, real(fd, parts, count), -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return wrote(fd, realPwrite(fd, bytes, count, at), at); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return wrote(fd, realPwrite(fd, bytes, count, at), at); }

static int truncated(int fd, off_t size) {
    struct file *file = file_of(fd);
    struct stat status;
    if (file && !fstat(fd, &status)) {
        pthread_mutex_lock(&lock);
        touch(file, size < status.st_size ? size : status.st_size, size < status.st_size ? status.st_size : size);
        pthread_mutex_unlock(&lock);
    }
    REAL(int, "ftruncate64", int, off_t);
    return real(fd, size);
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off_t size) { return truncated(fd, size); }

static int synced(int fd) {
    struct file *file = fd >= 0 && fd < DESCRIPTORS ? descriptors[fd] : NULL;
    if (!file || lies) return 0;
    /* As long as a disk may take: kills should fall in here, too. */
    nanosleep(&(struct timespec){0, 4000000}, NULL);
    pthread_mutex_lock(&lock);
    if (file == DIRECTORY) write_names("names");
    else sync_file(file, fd);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fsync(int fd) { return synced(fd); }
int fdatasync(int fd) { return synced(fd); }

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    int result = real(from, to);
    const char *old = ours(from), *new = ours(to);
    if (result || !old || !new) return result;
    pthread_mutex_lock(&lock);
    struct entry *entry = find(old), *target = find(new);
    if (entry) {
        if (target) target->number = entry->number;
        else snprintf(entry->name, sizeof entry->name, "%s", new);
        if (target) *entry = entries[--entryCount];
        write_names("live");
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int result = real(path);
    const char *name = ours(path);
    if (result || !name) return result;
    pthread_mutex_lock(&lock);
    struct entry *entry = find(name);
    if (entry) {
        *entry = entries[--entryCount];
        write_names("live");
    }
    pthread_mutex_unlock(&lock);
    return result;
}
