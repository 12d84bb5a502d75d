# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine of the modules that keep one AWS resource: find, describe, compare, plan, apply, wait, tag, page.

A module declares in a subclass of ``resource.Resource`` what its resource is: what can change, what is fixed, what counts as
the same. ``module.run`` is its ``main()``.
"""
