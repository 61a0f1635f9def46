#!/bin/sh
# A job does not change where its network leads.
. "${0%/*}/escape.sh"

probe network
attack capabilities,job-uid "routes stay as they are" -- "$probes/network" route
finish
