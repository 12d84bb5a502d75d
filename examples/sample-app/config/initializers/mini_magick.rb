MiniMagick.configure do |config|
  config.timeout = 20
end
