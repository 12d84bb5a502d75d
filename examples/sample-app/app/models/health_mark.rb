# A row that a server writes to find out whether it can.
class HealthMark < ApplicationRecord
end
