// SPDX-License-Identifier: Apache-2.0
/* One check beside what a program would do instead: check ROUNDS NANOSECONDS LEAF INTERMEDIATE ROOT
   The first contender stands in the list twice: how far the two lie apart is what figures of this run are worth. */
#include "contenders.h"

int main(int argc, char **argv)
{
    if (argc != 6) give_up("usage: check ROUNDS NANOSECONDS LEAF INTERMEDIATE ROOT");
    make_contenders(argv + 3);
    struct contender *again = contend("", "", NULL, 0);
    *again = *contender("OpenSSL", CHECK_LEAF_PIN);
    again->what = CHECK_LEAF_PIN ", once more";
    printf("PinVerdict\tversion\t\t%s\n", pinverdict_version());
    printf("OpenSSL\tversion\t\t%s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
    printf("GnuTLS\tversion\t\t%s\n", gnutls_check_version(NULL));
    time_in_turns(contenders, contender_count, atoi(argv[1]), atof(argv[2]));
    return 0;
}
