/* version.h: which remit this is. */
#ifndef REMIT_VERSION_H
#define REMIT_VERSION_H

#define REMIT_VERSION "0.1.0"

#endif
