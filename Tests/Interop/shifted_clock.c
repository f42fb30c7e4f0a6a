/* A clock that is wrong: CLOCK_REALTIME is so many seconds away as the file SHIFTED_CLOCK says. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result || clock != CLOCK_REALTIME) return result;
    const char *name = getenv("SHIFTED_CLOCK");
    FILE *file = name ? fopen(name, "re") : NULL;
    long shift = 0;
    if (file) {
        if (fscanf(file, "%ld", &shift) != 1) shift = 0;
        fclose(file);
    }
    time->tv_sec += shift;
    return 0;
}
