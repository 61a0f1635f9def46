/* wire.h: see there. */
#ifndef REMIT_GATE_WIRE_H
#define REMIT_GATE_WIRE_H

#include "base/gatewire.h"

#endif
