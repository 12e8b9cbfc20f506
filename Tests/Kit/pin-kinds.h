// SPDX-License-Identifier: Apache-2.0
/* The tests' last pin kind: they go through all kinds from PINVERDICT_PIN_SPKI to this one. Who adds a kind to
 * pinverdict.h changes this with it, and Tests/ABI/arguments.c is red until both have it. */
#ifndef PIN_KINDS_H
#define PIN_KINDS_H

#include "pinverdict.h"

#define LAST_PIN_KIND PINVERDICT_PIN_CERTIFICATE

enum { PIN_KINDS = LAST_PIN_KIND - PINVERDICT_PIN_SPKI + 1 };

#endif
