/* weaken.h: the switch by which tests take one mechanism of the cage away; see base/weaken.h. */
#ifndef REMIT_SANDBOX_WEAKEN_H
#define REMIT_SANDBOX_WEAKEN_H

#include "base/weaken.h"

#endif
