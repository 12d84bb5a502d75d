class Micropost < ApplicationRecord
  belongs_to :user

  validates :content, presence: true, length: { maximum: 140 }

  # The object goes before the row: a row without an object can be deleted again, an object without a row is lost sight of.
  before_destroy { SampleApp::Uploads.store.delete(picture_key) if picture_key }

  scope :latest, -> { order(id: :desc).limit(20) }

  def picture=(picture)
    self.picture_key = "pictures/#{SecureRandom.uuid}.#{picture.suffix}"
    self.picture_type = picture.type
    SampleApp::Uploads.store.put(picture_key, picture.body, picture.type)
  end
end
