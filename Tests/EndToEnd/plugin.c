// SPDX-License-Identifier: Apache-2.0
/* plugin ARGUMENTS...: loads writes.so, which its RUNPATH has to find, as a plugin that has its own symbols before all
 * others, and runs what is in it. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = dlopen("writes.so", RTLD_NOW | RTLD_DEEPBIND);
    int (*run)(int, char **) = library != NULL ? (int (*)(int, char **))dlsym(library, "plugin") : NULL;
    if (run != NULL) return run(argc, argv);
    puts(dlerror());
    return 2;
}
