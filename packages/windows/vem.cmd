@echo off
"%~dp0python\python.exe" -I -m vem_plugin %*
